"""Control: what people and programs do to a job that exists."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from mosaic.jobs import fire_and_forget, lifecycle, overrides, reports, validation
from mosaic.jobs.gate_evaluation import GateReport
from mosaic.jobs.model import Job
from mosaic.jobs.reports import Report
from mosaic.services.change_job import change, change_and_enqueue
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.storage.jobs import Jobs


class JobControl:
    """Cancel, retry, report a gate, report on a run. Each answers the job as it then is.

    All raise JobNotFound, and what the lifecycle raises where the job's state forbids the change.
    """

    def __init__(self, jobs: Jobs, enqueuer: JobEnqueuer, clock: Callable[[], datetime]) -> None:
        self._jobs = jobs
        self._enqueuer = enqueuer
        self._clock = clock

    def cancel(self, workspace_id: str, job_id: str, actor: str, reason: str | None = None) -> Job:
        """End the job now; a run at the gateway is then stopped by the stitcher."""
        return self._change(workspace_id, job_id, lambda job, now: lifecycle.cancel(job, now, actor, reason))

    def retry(self, workspace_id: str, job_id: str, actor: str, instructions: str | None = None) -> Job:
        """Queue a FAILED or CANCELLED job again, as its next attempt."""
        return self._change(
            workspace_id, job_id, lambda job, now: lifecycle.retry(job, now, actor, instructions)
        )

    def report_gate(self, workspace_id: str, job_id: str, actor: str, report: GateReport) -> Job:
        """Take a report on one of the job's gates."""
        return self._note(workspace_id, job_id, lambda job, now: validation.apply_report(job, report, now, actor))

    def force_gate(self, workspace_id: str, job_id: str, actor: str, asked: overrides.OverrideRequest) -> Job:
        """Let one of the job's gates pass, also after it has failed the job."""
        return self._note(workspace_id, job_id, lambda job, now: overrides.force(job, asked, now, actor))

    def report(
        self,
        workspace_id: str,
        job_id: str,
        actor: str,
        attempt: int,
        batch_id: str | None,
        told: tuple[Report, ...],
    ) -> Job:
        """Take a batch of reports from the run of an attempt; of a run that cannot be followed it may be the end."""
        job = self._note(
            workspace_id, job_id, lambda job, now: reports.apply_batch(job, attempt, batch_id, told, now, actor)
        )
        if not fire_and_forget.is_done(job):
            return job
        return self._note(workspace_id, job_id, lambda job, now: fire_and_forget.done(job, now, actor))

    def _change(self, workspace_id: str, job_id: str, step: Callable[[Job, datetime], Job]) -> Job:
        now = self._clock()
        return change_and_enqueue(
            self._jobs, self._enqueuer, workspace_id, job_id, now, lambda job: step(job, now)
        )[0]

    def _note(self, workspace_id: str, job_id: str, step: Callable[[Job, datetime], Job]) -> Job:
        """A change after which nothing is to be done in haste."""
        now = self._clock()
        return change(self._jobs, workspace_id, job_id, lambda job: step(job, now))[0]
