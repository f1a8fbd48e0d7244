"""All flows over the fakes, wired as the functions wire them over AWS."""

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
from mosaic.services.complete_run import RunCompletion
from mosaic.services.consume_stream import StreamConsumer
from mosaic.services.control_job import JobControl
from mosaic.services.dispatch_intent import RunEndpoints
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.services.handle_webhook import WebhookHandler
from mosaic.services.hooks_transport import FireAndForgetTransport
from mosaic.services.record_events import EventRecorder
from mosaic.services.stitch_job import Stitcher
from mosaic.services.sweep_due_jobs import DueJobSweep
from mosaic.services.wait_queue import WaitQueue
from tests.fakes.access import FakeAccess
from tests.fakes.claims import FakeClaims
from tests.fakes.coordination import FakeShared
from tests.fakes.crash_injector import CrashInjector
from tests.fakes.dead_letters import FakeLetters
from tests.fakes.event_bus import FakeBus
from tests.fakes.event_log import FakeEventLog
from tests.fakes.gateway import FakeGateway
from tests.fakes.job_queue import FakeQueue
from tests.fakes.jobs import FakeJobs
from tests.fakes.repair_queue import FakeRepairs, FakeStream

CALLBACK_KEY = "world-callback-key"
CALLBACK_BASE = "https://mosaic.test/stitcher/openclaw/"
REPORT_URL = "https://mosaic.test/reports"


@dataclass(frozen=True)
class Services:
    """What functions reach over the network; here the fakes, or the fakes as those see them who may die."""

    jobs: FakeJobs
    claims: FakeClaims
    access: FakeAccess
    events: FakeEventLog
    queue: FakeQueue
    urgent: FakeQueue
    gateway: FakeGateway
    shared: FakeShared = field(default_factory=FakeShared)
    letters: FakeLetters = field(default_factory=FakeLetters)
    aside: FakeLetters = field(default_factory=FakeLetters)
    repairs: FakeRepairs = field(default_factory=FakeRepairs)
    stream: FakeStream = field(default_factory=FakeStream)

    def under(self, crashes: CrashInjector) -> Services:
        """These, as those see them whom `fate` may befall at any call."""
        return Services(**{name: crashes.over(service) for name, service in vars(self).items()})


class Deployment:
    """One deployment in memory with one workspace, `demo`: the `services`, and the flows over them by `fate`.

    `clock` is that of the functions. `hooks` are set where the gateway offers nothing else.
    """

    hooks: FireAndForgetTransport | None = None

    def __init__(self, services: Services, clock: Callable[[], datetime], crashes: CrashInjector) -> None:
        self.services = services
        self.jobs, self.claims, self.access = services.jobs, services.claims, services.access
        self.events, self.queue, self.gateway = services.events, services.queue, services.gateway
        self.access.put_workspace(Workspace(id="demo"))
        self._ids = 0
        self.measured: list[Measurement] = []
        self.bus = FakeBus()
        self.aside, self.letters, self.repairs = services.aside, services.letters, services.repairs
        self.start(services.under(crashes), clock)

    def start(self, seen: Services, clock: Callable[[], datetime]) -> None:
        """New processes, which remember nothing, over the services as they see them."""
        self.seen = seen
        self.enqueuer = JobEnqueuer(seen.queue, seen.urgent)
        self.acceptance = JobAcceptance(seen.jobs, seen.claims, self.enqueuer, clock, self._new_id)
        self.webhook_handler = WebhookHandler(seen.jobs, seen.claims, self.acceptance, self.enqueuer, clock)
        self.control = JobControl(seen.jobs, self.enqueuer, clock)
        self.approvals = ApprovalAnswers(seen.jobs, seen.access, self.enqueuer, clock)
        self.run_completion = RunCompletion(seen.jobs, self.enqueuer, clock)
        self.wait_queue = WaitQueue(seen.jobs, self.enqueuer, clock)
        self.recorder = EventRecorder(seen.events, self.wait_queue, self.measured.append)
        self.stream_consumer = StreamConsumer(self.recorder.record, self.bus, seen.aside)
        admission = AdmissionControl(
            injected.jobs, injected.shared, seen.gateway, self.enqueuer, self.measured.append, clock
        )
        self.stitcher = Stitcher(
            injected.jobs,
            seen.access,
            seen.gateway,
            self.enqueuer,
            admission,
            base_policies(),
            self._endpoints,
            clock,
            self.hooks,
        )
        self.sweep = DueJobSweep(seen.jobs, self.enqueuer, self.measured.append, clock)

    def _new_id(self, _moment: datetime) -> str:
        self._ids += 1
        return f"01KGA{self._ids:021d}"

    @staticmethod
    def _endpoints(job: Job) -> RunEndpoints:
        token = callback.token_for(job.workspace_id, job.id, job.attempt, CALLBACK_KEY)
        return RunEndpoints(
            callback_url=CALLBACK_BASE + token, report_url=REPORT_URL, report_token="run.token"
        )
