"""One deployment on virtual time: the fakes, the functions, and the event sources that invoke them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from mosaic.access.model import ANY_REPOSITORY, JobType, Repository, Workspace
from mosaic.jobs.model import Job
from mosaic.rails.gate_rules import token_gate_rules
from mosaic.storage.job_items import document
from tests.fakes.deployment import Backends, Deployment
from tests.fakes.storage.access import FakeAccess
from tests.fakes.storage.claims import FakeClaims
from tests.fakes.storage.connections import FakeConnections
from tests.fakes.storage.dead_letters import FakeDeadLetters
from tests.fakes.storage.event_log import FakeEventLog
from tests.fakes.storage.jobs import FakeJobs
from tests.fakes.storage.repair_queue import FakeRepairs
from tests.simulation.simulator.api_gateway import ApiGateway
from tests.simulation.simulator.event_sources import (
    FailedDispatchQueue,
    PolledQueue,
    PriorityQueue,
    RepairRequestQueue,
    SweepTimer,
)
from tests.simulation.simulator.faults import GATEWAY_SERVICES, FaultInjector
from tests.simulation.simulator.functions import Functions
from tests.simulation.simulator.gateway_host import GatewayHost
from tests.simulation.simulator.random_source import RandomSource, ServiceBehavior
from tests.simulation.simulator.stream import CORRUPT, Stream

WORKSPACE = Workspace(
    id="demo",
    job_types={
        "git-status": JobType(profile="runner"),
        "code-task": JobType(profile="weaver"),
        "review": JobType(profile="inspector"),
    },
    gates=token_gate_rules({"code-task": ("build", "test")}),
    repositories=tuple(Repository(provider=forge, name=ANY_REPOSITORY) for forge in ("github", "gitea")),
    forge_admins=("github:eve",),
    forge_members=("github:ada",),
    gate_timeout_seconds=4 * 3600,
    require_push=False,
)

VersionListener = Callable[[Job | None, Job], None]
CallListener = Callable[[str, tuple[Any, ...]], None]


class Cloud:
    """The deployed system between the actors and the gateway.

    `version_listeners` get each saved version of a job with the one before it. `call_listeners` get the name
    and the arguments of each call that took effect. `pending_checks` say whether a workload has more to do.
    """

    def __init__(
        self,
        fault_injector: FaultInjector,
        behavior: ServiceBehavior = ServiceBehavior(),  # noqa: B008 - frozen
        random: Random | None = None,
        skew: float = 0.0,
    ) -> None:
        self.schedule, self.trace, self.fault_injector = (
            fault_injector.schedule,
            fault_injector.trace,
            fault_injector,
        )
        self.random_source = RandomSource(behavior, random)
        self._skew = skew
        self.gateway_host = GatewayHost(self.schedule, self.trace, self.random_source, skew)
        self.gateway = self.gateway_host.gateway
        self._published = 0
        self.version_listeners: list[VersionListener] = []
        self.call_listeners: list[CallListener] = []
        self.dead_letters, self.stream_dead_letters = (
            FakeDeadLetters(clock=self.schedule.clock) for _ in range(2)
        )
        self.failed_dispatches = FailedDispatchQueue(self.schedule, self.random_source, self.dead_letters)
        self._priority_queues = tuple(
            PriorityQueue(self.schedule, self.random_source, name, self.failed_dispatches)
            for name in ("DispatchQueue", "UrgentQueue")
        )
        self._repair_requests = RepairRequestQueue(
            self.schedule, self.random_source, self.stream_dead_letters
        )
        self.stream = Stream(self.schedule, self.random_source, self._stream_failed)
        self.stream_failure_listeners: list[Callable[[str], None]] = []
        self.pending_checks: list[Callable[[], bool]] = []
        self.is_healed = False
        self.extra_queues: list[PolledQueue] = []
        self.workspace = WORKSPACE
        self.notified_providers: set[str] = set()
        self._deploy()
        fault_injector.on_effect = self.publish_changes

    def _deploy(self) -> None:
        self.jobs = FakeJobs(
            self.schedule.clock, self._index_lag if self.random_source.behavior.index_lag else None
        )
        access = FakeAccess()
        backends = Backends(
            jobs=self.jobs,
            claims=FakeClaims(),
            access=access,
            connections=FakeConnections(access),
            events=FakeEventLog(),
            queue=self._priority_queues[0].queue,
            urgent=self._priority_queues[1].queue,
            gateway=self.gateway,
            dead_letters=self.dead_letters,
            stream_dead_letters=self.stream_dead_letters,
            repairs=FakeRepairs(self._repair_requests.queue.put),
            stream=self.stream.entries,
        )
        self.deployment = Deployment(backends, self.schedule.process_clock, self.fault_injector)
        self.functions = Functions(self.schedule, self.trace, self.deployment, self.random_source, self._skew)
        self.api_gateway = ApiGateway(self.schedule, self.random_source, self.functions)
        self._sweep_timer = SweepTimer(self.schedule, self.jobs, self.functions.sweep, self._skew)
        sources: tuple[PolledQueue | Stream, ...] = (
            *self._priority_queues,
            self.failed_dispatches,
            self._repair_requests,
            self.stream,
        )
        for source in sources:
            source.functions = self.functions
        self.gateway_host.functions = self.functions
        self.configure_workspace()

    def configure_workspace(self, **fields: Any) -> None:
        """Changes these fields of the workspace."""
        self.workspace = self.workspace.model_copy(update=fields)
        self.deployment.backends.access.put_workspace(self.workspace)

    def publish_changes(self, name: str = "", args: tuple[Any, ...] = ()) -> None:
        """Passes the effects of a call on: to the stream, the gateway, and the listeners."""
        while self._published < len(self.jobs.stream):
            old, new = self.jobs.stream[self._published]
            self._published += 1
            self.stream.take(old, new)
            self._sweep_timer.update()
            if old is None or new.version != old.version:
                self.trace.record(self.schedule.now, "", "", None, new)
                for on_version in self.version_listeners:
                    on_version(old, new)
        if name.partition(".")[0] in GATEWAY_SERVICES:
            self.gateway_host.on_call()
        for on_call in self.call_listeners:
            on_call(name, args)

    def set_transport(self, *, hooks_only: bool) -> None:
        """Restarts the functions with the gateway's hooks alone, or with its whole RPC interface."""
        self.deployment.hooks = self.gateway_host.hooks_transport(self.fault_injector) if hooks_only else None
        self.functions.restart()

    def replay(self) -> None:
        """Delivers the stream from its start again."""
        self.stream.replay()

    def heal(self) -> None:
        """Ends all faults that the services have by themselves."""
        self.is_healed = True
        self.random_source.heal()
        self._sweep_timer.update()

    def corrupt(self, job: Job) -> None:
        """Replaces the job in the table by text that is not a job."""
        self.jobs.unreadable.add((job.workspace_id, job.id))
        self.stream.put(job, CORRUPT)

    def restore(self, job: Job) -> None:
        """Puts the last saved version of a corrupt job back, unless a newer one was saved since."""
        if (job.workspace_id, job.id) in self.jobs.unreadable:
            self.jobs.unreadable.discard((job.workspace_id, job.id))
            saved = self.jobs.get(job.workspace_id, job.id)
            assert saved
            self.stream.put(saved, document(saved))

    def has_dispatch_messages(self) -> bool:
        """Returns whether a message waits that may still become a dead letter."""
        return any(queue.busy for queue in (*self._priority_queues, self.failed_dispatches))

    def pending_work(self) -> str | None:
        """Returns a description of work that is left, or None when the system is at rest."""
        if any(is_pending() for is_pending in self.pending_checks):
            return "a workload has more to do"
        if any(
            polled.busy
            for polled in (
                *self._priority_queues,
                self.failed_dispatches,
                self._repair_requests,
                *self.extra_queues,
            )
        ):
            return "messages wait in a queue"
        if due := self.jobs.next_due():
            return f"a job is due at {due}"
        if self.stream.has_unread:
            return "the event log is behind"
        return "the gateway has runs to finish" if self.gateway_host.busy else None

    def _stream_failed(self, pointer: str) -> None:
        """Stores what Lambda sends to the on-failure destination of the stream's event source mapping."""
        self.stream_dead_letters.put(pointer, "")
        for notify in self.stream_failure_listeners:
            notify(pointer)

    def skewed_clock(self) -> Callable[[], datetime]:
        """Returns the clock of another machine, which differs by a constant skew."""
        wrong = timedelta(seconds=self.random_source.between(-self._skew, self._skew))
        return lambda: self.schedule.clock() + wrong

    def _index_lag(self) -> timedelta:
        return timedelta(seconds=self.random_source.between(0, self.random_source.behavior.index_lag))
