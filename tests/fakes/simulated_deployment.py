"""All flows over the fakes: one deployment in memory, on a clock that only its owner moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from mosaic.jobs.errors import StaleJob
from mosaic.jobs.gate_evaluation import GateReport, ReportedStatus
from mosaic.jobs.model import Job
from mosaic.jobs.states import GateStatus
from mosaic.openclaw import callback
from mosaic.services.accept_job import ClaimKey
from tests.fakes import samples
from tests.fakes.access import FakeAccess
from tests.fakes.claims import FakeClaims
from tests.fakes.clock import FakeClock
from tests.fakes.crash_injector import CrashInjector, ProcessKilled
from tests.fakes.deployment import CALLBACK_BASE, CALLBACK_KEY, Backends, Deployment
from tests.fakes.event_log import FakeEventLog
from tests.fakes.gateway import FakeGateway
from tests.fakes.job_queue import FakeQueue
from tests.fakes.jobs import FakeJobs

COMMIT = "c" * 40
SWEEP_EVERY = timedelta(minutes=1)


class SimulatedDeployment(Deployment):
    """A deployment on a clock of its own. Who dies by `fate` is called again as AWS would call it.

    While it `loses_callbacks`, no callback of the gateway arrives. Indexes follow their table after `lag`, at once without it.

    `run` and `until` let time pass, with messages delivered, callbacks made and sweeps swept at their moments.
    """

    def __init__(
        self, crashes: CrashInjector | None = None, lag: Callable[[], timedelta] | None = None
    ) -> None:
        self.clock = FakeClock()
        queue = FakeQueue(self.clock)
        backends = Backends(
            jobs=FakeJobs(self.clock, lag),
            claims=FakeClaims(),
            access=FakeAccess(),
            events=FakeEventLog(),
            queue=queue,
            urgent=queue,
            gateway=FakeGateway(self.clock, deliver=self._deliver),
        )
        self.loses_callbacks = False
        self._recorded = 0
        self._recording = False
        self._next_sweep = self.clock() + SWEEP_EVERY
        super().__init__(services, self.clock, crashes or CrashInjector())

    def accept(self, claim: ClaimKey | None = None, **fields: Any) -> Job:
        """The accepted job, of `samples.draft` with these fields."""
        return self.acceptance.accept(samples.draft(**fields), claim).job

    def reload(self, job: Job) -> Job:
        """The job as it is now."""
        found = self.jobs.get(job.workspace_id, job.id)
        assert found, f"job {job.id} is gone"
        return found

    def process(self, job: Job) -> Job:
        """One message for the job reaches the stitcher; the job as it is then."""
        self.stitcher.process(job.workspace_id, job.id)
        return self.reload(job)

    def report(
        self, job: Job, gate: str, status: ReportedStatus = GateStatus.PASSED, commit: str = COMMIT
    ) -> Job:
        """The CI reports a gate; the job as it is then."""
        said = GateReport(gate_id=gate, status=status, commit_sha=commit)
        return self.control.report_gate(job.workspace_id, job.id, "token:ci", said)

    def deliver_messages(self) -> None:
        """Every message that can be seen is delivered; one whose attendant fails or dies stays in the queue."""
        while message := self.queue.receive():
            try:
                self.stitcher.process(message.wake.workspace_id, message.wake.job_id)
            except (StaleJob, ProcessKilled):
                continue
            self.queue.delete(message)

    def record(self) -> None:
        """The one recorder takes the stream from where it was; if it dies, it begins with that record again."""
        if self._recording:
            return
        self._recording = True
        try:
            while self._recorded < len(self.jobs.stream):
                self.recorder.record(*self.jobs.stream[self._recorded])
                self._recorded += 1
        except ProcessKilled:
            return
        finally:
            self._recording = False

    def pass_time(self, seconds: float) -> None:
        """Only the gateway does something meanwhile."""
        self.clock.forward(seconds)
        self.gateway.advance()

    def run(self, seconds: float) -> None:
        """Everybody does what is theirs for so long."""
        end = self.clock() + timedelta(seconds=seconds)
        self._turn()
        while (moment := self._next_event()) <= end:
            self._go_to(moment)
            self._turn()
        self._go_to(end)

    def run_until(self, reached: Callable[[], bool], hours: float = 48) -> None:
        """As `run`, until `reached` or for so many hours."""
        end = self.clock() + timedelta(hours=hours)
        self._turn()
        while not reached() and (moment := self._next_event()) <= end:
            self._go_to(moment)
            self._turn()

    def is_idle(self) -> bool:
        """Whether nobody has anything left to do."""
        busy = self.queue.messages or self.jobs.next_due() or self.gateway.next_event()
        return not busy and self._recorded == len(self.jobs.stream)

    def _turn(self) -> None:
        self.gateway.advance()
        self.deliver_messages()
        if self.clock() >= self._next_sweep:
            self._sweep()
        self.record()

    def _sweep(self) -> None:
        self._next_sweep = self.clock() + SWEEP_EVERY
        try:
            self.sweep.sweep()
        except ProcessKilled:
            return

    def _next_event(self) -> datetime:
        known = (self.queue.next_event(), self.gateway.next_event(), self._next_sweep)
        return min(moment for moment in known if moment)

    def _go_to(self, moment: datetime) -> None:
        self.clock.forward(max(0.0, (moment - self.clock()).total_seconds()))

    def _deliver(self, url: str, body: Mapping[str, Any]) -> int:
        if self.loses_callbacks:
            return 500
        ref = callback.verify(url.removeprefix(CALLBACK_BASE), (CALLBACK_KEY,))
        try:
            self.run_completion.complete(ref, str(body["jobId"]), callback.parse(body))
        except (StaleJob, ProcessKilled):
            return 500
        return 200
