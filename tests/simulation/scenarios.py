"""Lives of jobs: what people do around one, from its beginning to its end."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

from mosaic.jobs.budget import DailyBudget
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Phase, Waiting
from mosaic.services.consume_stream import REFUSED
from mosaic.storage.job_queue import message_for
from tests.fakes.job_queue import Message
from tests.simulation.simulator.issued_tokens import IssuedToken
from tests.simulation.simulator.notifications import Notifications
from tests.simulation.workloads.actors import ADMIN, MEMBER, Actors
from tests.simulation.workloads.budgets import until_midnight
from tests.simulation.workloads.fire_and_forget import ReportingRuns
from tests.simulation.workloads.forge import Forge
from tests.simulation.workloads.standing_approvals import approve, withdraw
from tests.simulation.workloads.token_theft import replace_token

WEEK = timedelta(days=7)


class Scenario:
    """People who do what they do once, at the first version that calls for it, and insist on an answer.

    `waits` is how much they have in mind to do.
    """

    def __init__(self, actors: Actors) -> None:
        self.actors, self.waits = actors, 0
        self.prepares()
        self._done: set[object] = set()
        actors.cloud.version_listeners.append(lambda _, new: self.sees(new))
        self.once("begins", self.begins, 0.0)

    def prepares(self) -> None:
        """The deployment as it is before."""

    def begins(self) -> None:
        """Somebody asks for a job."""
        self.actors.create("plain", "key")

    def sees(self, job: Job) -> None:
        """A version was saved."""

    def once(self, what: object, act: Callable[[], object], after: float = 1.0) -> None:
        """Have somebody do this in a while, but only once."""
        if what in self._done:
            return
        self._done.add(what)
        self.waits += 1

        def done() -> None:
            act()
            self.waits -= 1

        self.actors.does("ada", done, after)


class Created(Scenario):
    """create: asked for by API, dispatched, called back"""


class Proven(Scenario):
    """gates: the run ends, and the CI reports each gate"""

    def begins(self) -> None:
        self.actors.create("gated", "key")

    def sees(self, job: Job) -> None:
        if job.phase is Phase.VALIDATION:
            for gate in job.gates:
                self.once(gate.id, lambda id=gate.id: self._report(job, id))  # type: ignore[misc]  # bound at once

    def _report(self, job: Job, gate: str) -> None:
        self.actors.insist(lambda: self.actors.gate(job, gate))


class Mentioned(Proven):
    """webhook: a comment that GitHub delivers until it is answered"""

    def begins(self) -> None:
        self.actors.insist(lambda: self.actors.comment("find out why", number=1))


class Cancelled(Scenario):
    """cancel: while the agent works"""

    def begins(self) -> None:
        self.actors.create("long", "key")

    def sees(self, job: Job) -> None:
        if job.phase is Phase.EXECUTION:
            self.once("cancel", lambda: self.actors.insist(lambda: self.actors.control(job, "cancel")))


class Retried(Scenario):
    """retry: of a job that its provider failed"""

    def begins(self) -> None:
        self.actors.create("failing", "key")

    def sees(self, job: Job) -> None:
        if job.status is JobStatus.FAILED:
            body = {"instructions": "Say hello"}
            self.once(
                "retry", lambda: self.actors.insist(lambda: self.actors.control(job, "retry", body, MEMBER))
            )


class Approved(Scenario):
    """approve: what needs a person's yes gets it"""

    def begins(self) -> None:
        self.actors.create("asking", "key")

    def sees(self, job: Job) -> None:
        if job.waiting is Waiting.APPROVAL:
            body = {"reason": "go on"}
            self.once(
                "yes", lambda: self.actors.insist(lambda: self.actors.control(job, "approve", body, ADMIN))
            )


class Delayed(Scenario):
    """sweep: a job that begins later"""

    def begins(self) -> None:
        self.actors.create("delayed", "key")


class ByHooks(Scenario):
    """hooks only: the run itself says that it is done"""

    def prepares(self) -> None:
        self.actors.cloud.set_transport(hooks_only=True)
        ReportingRuns(self.actors)


class Judged(Scenario):
    """checks: a forge tells what was pushed, and what its CI says of it"""

    def prepares(self) -> None:
        self.forge = Forge(self.actors)

    def begins(self) -> None:
        self.actors.create("gated", "key")

    def sees(self, job: Job) -> None:
        if job.phase in (Phase.EXECUTION, Phase.VALIDATION):
            self.once("push", lambda: self._push(job))

    def _push(self, job: Job) -> None:
        commit = self.forge.push(job)
        for gate in job.gates:
            if gate.reporter.provider:
                self.forge.says(self.forge.begin(job, gate, commit), "success")
            else:
                self.actors.insist(lambda gate=gate: self.actors.gate(job, gate.id, commit=commit))  # type: ignore[misc]


class Told(Mentioned):
    """notices: the issue is told how its job stands"""

    def prepares(self) -> None:
        Notifications(self.actors.cloud)


class InLine(Scenario):
    """line: two jobs where there is a place for one"""

    def prepares(self) -> None:
        self.actors.cloud.configure_workspace(max_running=1)

    def begins(self) -> None:
        self.actors.create("plain", "first")
        self.actors.create("plain", "second")


class Renewed(Scenario):
    """tokens: ada gets another one, and whoever finds the old one comes too late"""

    def begins(self) -> None:
        old = replace_token(self.actors, {"name": "ada", "role": "member"})
        self.actors.create("long", "key")
        self.once("found", lambda: self._tries(old), 90)

    def _tries(self, old: IssuedToken) -> None:
        for observed in tuple(self.actors.history.observed_jobs.values()):
            self.actors.control(observed.now, "cancel", None, bearer=old.bearer)


class Spent(Scenario):
    """budget: a job is one too many for the day, and goes on the next"""

    def prepares(self) -> None:
        self.actors.cloud.configure_workspace(daily_budget=DailyBudget(tokens=10))

    def begins(self) -> None:
        self.actors.create("plain", "first")

    def sees(self, job: Job) -> None:
        if job.status is JobStatus.COMPLETED:
            self.once("second", lambda: self.actors.create("plain", "second"))
        elif job.status is JobStatus.FAILED:
            self.once(
                "tomorrow", lambda: self._asks_again(job), until_midnight(self.actors.cloud.schedule.now)
            )

    def _asks_again(self, job: Job) -> None:
        self.actors.insist(lambda: self.actors.control(job, "retry", None, MEMBER))


class Stands(Scenario):
    """standing approval: what is approved lets another job through, until it is withdrawn"""

    def begins(self) -> None:
        self.actors.create("asking", "first")

    def sees(self, job: Job) -> None:
        number = job.agent_task_id
        if job.waiting is Waiting.APPROVAL and number == "third":
            self.once("no", lambda: self._denies(job))
        elif job.waiting is Waiting.APPROVAL:
            self.once("yes", lambda: approve(self.actors, job, WEEK))
        elif job.status is JobStatus.COMPLETED and number == "first":
            self.once("second", lambda: self.actors.create("asking", "second"), 100)
        elif job.status is JobStatus.COMPLETED:
            self.once("third", self._withdraws)

    def _withdraws(self) -> None:
        withdraw(self.actors)
        self.actors.create("asking", "third")

    def _denies(self, job: Job) -> None:
        self.actors.insist(lambda: self.actors.control(job, "deny", {"reason": "no more"}))


class Poisoned(Scenario):
    """poison: a job fails for a message that cannot be processed, and is put back"""

    def begins(self) -> None:
        self.actors.create("delayed", "key")

    def sees(self, job: Job) -> None:
        if job.waiting is Waiting.DELAY:
            self.once("poison", lambda: self._poisons(job))
        elif job.status is JobStatus.FAILED:
            self.once("redrive", self._redrives, 600)

    def _poisons(self, job: Job) -> None:
        now = self.actors.cloud.schedule.clock()
        self.actors.cloud.failed_dispatches.adopt(
            Message(json.dumps(message_for(job).model_dump(by_alias=True)), now, now)
        )

    def _redrives(self) -> None:
        cloud = self.actors.cloud
        self.actors.insist(lambda: self.actors.ask("POST", "/dead-letters/redrive", {}, ADMIN))
        if cloud.dead_letters.bodies:
            self.once(cloud.schedule.now, self._redrives, 120)


class SetAside(Scenario):
    """repair: an event that is refused for a while is set aside, and recorded by a repair"""

    def sees(self, job: Job) -> None:
        refuses = self.actors.cloud.deployment.events.refuses
        if job.version == 1:
            refuses[f"{job.id}-2-1"] = REFUSED
        elif job.status is JobStatus.COMPLETED:
            self.once("mended", refuses.clear)
            self.once("repair", lambda: self._repairs(job), 600)

    def _repairs(self, job: Job) -> None:
        cloud = self.actors.cloud
        self.actors.insist(lambda: self.actors.ask("POST", f"/runner-jobs/{job.id}/events/repair", {}, ADMIN))
        cloud.schedule.sleep(400)
        if cloud.stream_dead_letters.bodies:
            self.once(cloud.schedule.now, lambda: self._repairs(job))


SCENARIOS: tuple[type[Scenario], ...] = (
    Created,
    Mentioned,
    Proven,
    Cancelled,
    Retried,
    Approved,
    Delayed,
    ByHooks,
    Judged,
    Told,
    InLine,
    Renewed,
    Spent,
    Stands,
    Poisoned,
    SetAside,
)
