"""The services over the fakes, wired as the functions wire them over AWS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from mosaic.access.model import Workspace
from mosaic.jobs.model import Job
from mosaic.metrics import Measurement
from mosaic.openclaw import callback
from mosaic.rails.policy import base_policies
from mosaic.services.accept_job import JobAcceptance
from mosaic.services.admit_job import AdmissionControl
from mosaic.services.answer_approval import ApprovalAnswers
from mosaic.services.answer_request import RequestAnswers
from mosaic.services.complete_run import RunCompletion
from mosaic.services.consume_stream import StreamConsumer
from mosaic.services.control_job import JobControl
from mosaic.services.dispatch_intent import RunEndpoints
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.services.handle_webhook import WebhookHandler
from mosaic.services.hooks_transport import FireAndForgetTransport
from mosaic.services.open_job_quota import OpenJobQuota
from mosaic.services.record_events import EventRecorder
from mosaic.services.stitch_job import Stitcher
from mosaic.services.sweep_due_jobs import DueJobSweep
from mosaic.services.wait_queue import WaitQueue
from mosaic.storage.event_bus import Bus
from tests.fakes.crash_injector import CrashInjector
from tests.fakes.gateway import FakeGateway
from tests.fakes.storage.access import FakeAccess
from tests.fakes.storage.claims import FakeClaims
from tests.fakes.storage.connections import FakeConnections
from tests.fakes.storage.coordination import FakeCoordination
from tests.fakes.storage.dead_letters import FakeDeadLetters
from tests.fakes.storage.event_bus import FakeBus
from tests.fakes.storage.event_log import FakeEventLog
from tests.fakes.storage.job_queue import FakeQueue
from tests.fakes.storage.jobs import FakeJobs
from tests.fakes.storage.repair_queue import FakeRepairs, FakeStream

CALLBACK_KEY = "test-callback-key"
RUN_TOKEN_KEY = "test-run-token-key"
CALLBACK_BASE = "https://mosaic.test/stitcher/openclaw/"
REPORT_URL = "https://mosaic.test/reports"


@dataclass(frozen=True)
class Backends:
    """The stores, queues and gateway that the functions reach over the network."""

    jobs: FakeJobs
    claims: FakeClaims
    access: FakeAccess
    connections: FakeConnections
    events: FakeEventLog
    queue: FakeQueue
    urgent: FakeQueue
    gateway: FakeGateway
    shared: FakeCoordination = field(default_factory=FakeCoordination)
    dead_letters: FakeDeadLetters = field(default_factory=FakeDeadLetters)
    stream_dead_letters: FakeDeadLetters = field(default_factory=FakeDeadLetters)
    repairs: FakeRepairs = field(default_factory=FakeRepairs)
    stream: FakeStream = field(default_factory=FakeStream)

    def with_crashes(self, crashes: CrashInjector) -> Backends:
        """Returns these backends with `crashes` injected at every call."""
        return Backends(**{name: crashes.wrap(backend) for name, backend in vars(self).items()})


class Deployment:
    """One deployment in memory with one workspace, `demo`.

    `backends` never crash; the services run over `injected`, which crashes as the injector decides. `clock` is the
    clock of the functions. `hooks` is set when the gateway offers nothing else.
    """

    hooks: FireAndForgetTransport | None = None

    def __init__(self, backends: Backends, clock: Callable[[], datetime], crashes: CrashInjector) -> None:
        self.backends = backends
        self.jobs, self.claims, self.access = backends.jobs, backends.claims, backends.access
        self.connections = backends.connections
        self.events, self.queue, self.gateway = backends.events, backends.queue, backends.gateway
        self.access.put_workspace(Workspace(id="demo"))
        self.access.connect_all("demo")
        self._ids = 0
        self.measured: list[Measurement] = []
        self.bus = FakeBus()
        self.answers_bus: Bus = self.bus
        self.dead_letters, self.stream_dead_letters = backends.dead_letters, backends.stream_dead_letters
        self.repairs = backends.repairs
        self.start(backends.with_crashes(crashes), clock)

    def start(self, injected: Backends, clock: Callable[[], datetime]) -> None:
        """Replaces the services by new ones, without any memory, over `injected`."""
        self.injected = injected
        self.enqueuer = JobEnqueuer(injected.queue, injected.urgent)
        quota = OpenJobQuota(injected.jobs, injected.shared, clock)
        self.acceptance = JobAcceptance(
            injected.jobs, injected.claims, self.enqueuer, quota, clock, self._new_id
        )
        answers = RequestAnswers(self.answers_bus, clock)
        self.webhook_handler = WebhookHandler(
            injected.jobs, injected.claims, self.acceptance, self.enqueuer, answers, clock
        )
        self.control = JobControl(injected.jobs, self.enqueuer, clock)
        self.approvals = ApprovalAnswers(injected.jobs, injected.access, self.enqueuer, clock)
        self.run_completion = RunCompletion(injected.jobs, self.enqueuer, clock)
        self.wait_queue = WaitQueue(injected.jobs, self.enqueuer, clock)
        self.recorder = EventRecorder(injected.events, self.wait_queue, self.measured.append)
        self.stream_consumer = StreamConsumer(self.recorder.record, self.bus, injected.stream_dead_letters)
        admission = AdmissionControl(
            injected.jobs, injected.shared, injected.gateway, self.enqueuer, self.measured.append, clock
        )
        self.stitcher = Stitcher(
            injected.jobs,
            injected.access,
            injected.gateway,
            self.enqueuer,
            admission,
            base_policies(),
            self._endpoints,
            clock,
            self.hooks,
        )
        self.sweep = DueJobSweep(injected.jobs, self.enqueuer, self.measured.append, clock)

    def _new_id(self, _moment: datetime) -> str:
        self._ids += 1
        return f"01KGA{self._ids:021d}"

    @staticmethod
    def _endpoints(job: Job) -> RunEndpoints:
        token = callback.token_for(job.workspace_id, job.id, job.attempt, CALLBACK_KEY)
        return RunEndpoints(
            callback_url=CALLBACK_BASE + token, report_url=REPORT_URL, report_token="run.token"
        )
