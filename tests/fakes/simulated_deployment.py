"""The services over the fakes: one deployment in memory, on a clock that only the test moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from mosaic.forge.intent import CommitPushed
from mosaic.jobs.errors import StaleJob
from mosaic.jobs.gate_evaluation import GateReport, ReportedStatus
from mosaic.jobs.model import Job
from mosaic.jobs.states import GateStatus
from mosaic.openclaw import callback
from mosaic.services.accept_job import ClaimKey
from tests.fakes import samples
from tests.fakes.clock import FakeClock
from tests.fakes.crash_injector import CrashInjector, ProcessKilled
from tests.fakes.deployment import CALLBACK_BASE, CALLBACK_KEY, Backends, Deployment
from tests.fakes.gateway import FakeGateway
from tests.fakes.storage.access import FakeAccess
from tests.fakes.storage.claims import FakeClaims
from tests.fakes.storage.connections import FakeConnections
from tests.fakes.storage.event_log import FakeEventLog
from tests.fakes.storage.job_queue import FakeQueue
from tests.fakes.storage.jobs import FakeJobs

COMMIT = "c" * 40
SWEEP_EVERY = timedelta(minutes=1)


class SimulatedDeployment(Deployment):
    """A deployment with its own clock. A function that the injector kills is called again, as AWS would call it.

    While it `loses_callbacks`, no callback of the gateway arrives. Indexes follow their table after `lag`, or at once.
    `run` and `run_until` let time pass: messages, callbacks and sweeps happen when they are due.
    """

    def __init__(
        self, crashes: CrashInjector | None = None, lag: Callable[[], timedelta] | None = None
    ) -> None:
        self.clock = FakeClock()
        queue = FakeQueue(self.clock)
        access = FakeAccess()
        backends = Backends(
            jobs=FakeJobs(self.clock, lag),
            claims=FakeClaims(),
            access=access,
            connections=FakeConnections(access),
            events=FakeEventLog(),
            queue=queue,
            urgent=queue,
            gateway=FakeGateway(self.clock, deliver=self._deliver),
        )
        self.loses_callbacks = False
        self._recorded = 0
        self._recording = False
        self._next_sweep = self.clock() + SWEEP_EVERY
        super().__init__(backends, self.clock, crashes or CrashInjector())

    def accept(self, claim: ClaimKey | None = None, **fields: Any) -> Job:
        """Returns the accepted job, made from `samples.draft` with these fields."""
        return self.acceptance.accept(samples.draft(**fields), claim).job

    def reload(self, job: Job) -> Job:
        """Returns the job as it is stored now."""
        stored = self.jobs.get(job.workspace_id, job.id)
        assert stored, f"job {job.id} is gone"
        return stored

    def process(self, job: Job) -> Job:
        """Delivers one message for the job to the stitcher; returns the stored job after it."""
        self.stitcher.process(job.workspace_id, job.id)
        return self.reload(job)

    def report(
        self, job: Job, gate: str, status: ReportedStatus = GateStatus.PASSED, commit: str = COMMIT
    ) -> Job:
        """Reports a gate as CI does; returns the job after it."""
        gate_report = GateReport(gate_id=gate, status=status, commit_sha=commit)
        return self.control.report_gate(job.workspace_id, job.id, "token:ci", gate_report, None)

    def push(self, job: Job, commit: str = COMMIT) -> Job:
        """Pushes the first commit to the job's branch as GitHub says it; returns the job after it."""
        pushed = CommitPushed(
            provider="github",
            repository=job.repository or "",
            branch=job.push_branch,
            before="0" * 40,
            after=commit,
            actor="mosaic[bot]",
        )
        self.webhook_handler.handle(self.access.workspace(job.workspace_id), pushed)
        return self.reload(job)

    def deliver_messages(self) -> None:
        """Delivers every visible message; a message stays in the queue when its function fails or is killed."""
        while message := self.queue.receive():
            try:
                self.stitcher.process(message.job_message.workspace_id, message.job_message.job_id)
            except (StaleJob, ProcessKilled):
                continue
            self.queue.delete(message)

    def record(self) -> None:
        """Records the rest of the stream, one record at a time; a killed recorder starts with the same record again."""
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
        """Moves the clock; only the gateway acts meanwhile."""
        self.clock.forward(seconds)
        self.gateway.advance()

    def run(self, seconds: float) -> None:
        """Runs all components for this long."""
        end = self.clock() + timedelta(seconds=seconds)
        self._act()
        while (moment := self._next_moment()) <= end:
            self._go_to(moment)
            self._act()
        self._go_to(end)

    def run_until(self, reached: Callable[[], bool], hours: float = 48) -> None:
        """As `run`, until `reached` returns true or so many hours are over."""
        end = self.clock() + timedelta(hours=hours)
        self._act()
        while not reached() and (moment := self._next_moment()) <= end:
            self._go_to(moment)
            self._act()

    def is_idle(self) -> bool:
        """Whether no component has anything left to do."""
        busy = self.queue.messages or self.jobs.next_due() or self.gateway.next_event()
        return not busy and self._recorded == len(self.jobs.stream)

    def _act(self) -> None:
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

    def _next_moment(self) -> datetime:
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
