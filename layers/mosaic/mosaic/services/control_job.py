"""Control a job: cancel or retry it, report or override its gates, and take its run's reports."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from mosaic.jobs import fire_and_forget, lifecycle, overrides, reports, validation
from mosaic.jobs.gate_evaluation import GateReport
from mosaic.jobs.model import Job
from mosaic.jobs.reporter_scope import ReporterScope
from mosaic.jobs.reports import Report
from mosaic.jobs.roles import RequesterRole
from mosaic.services.change_job import change, change_and_enqueue
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.storage.jobs import Jobs


class JobControl:
    """Changes existing jobs on request. Each method returns the job after the change.

    All raise JobNotFound, StaleJob, and the lifecycle's error when the job's status forbids the change.
    """

    def __init__(self, jobs: Jobs, enqueuer: JobEnqueuer, clock: Callable[[], datetime]) -> None:
        self._jobs = jobs
        self._enqueuer = enqueuer
        self._clock = clock

    def cancel(self, workspace_id: str, job_id: str, actor: str, reason: str | None = None) -> Job:
        """Ends the job now; the stitcher then stops its run at the gateway."""
        return self._change_and_enqueue(
            workspace_id, job_id, lambda job, now: lifecycle.cancel(job, now, actor, reason)
        )

    def retry(
        self,
        workspace_id: str,
        job_id: str,
        actor: str,
        instructions: str | None = None,
        *,
        role: RequesterRole,
    ) -> Job:
        """Queues the next attempt of a FAILED or CANCELLED job, in the lower of the job's role and the actor's."""
        return self._change_and_enqueue(
            workspace_id, job_id, lambda job, now: lifecycle.retry(job, now, actor, instructions, role=role)
        )

    def report_gate(
        self, workspace_id: str, job_id: str, actor: str, report: GateReport, scope: ReporterScope | None
    ) -> Job:
        """Applies a report on one of the job's gates. Raises ReportForbidden outside the reporter's scope."""

        def step(job: Job, now: datetime) -> Job:
            if scope:
                scope.check(job, report)
            return validation.apply_report(job, report, now, actor)

        return self._change(workspace_id, job_id, step)

    def force_gate(
        self,
        workspace_id: str,
        job_id: str,
        actors: tuple[str, ...],
        request: overrides.OverrideRequest,
        excluded: Callable[[Job], Collection[str]],
    ) -> Job:
        """Overrides one of the job's gates, also after the gate has failed the job.

        `actors` are the admin and the creators of its token. `excluded` returns those who may not override a
        gate of the job. Raises OwnOverride for one of them.
        """

        def step(job: Job, now: datetime) -> Job:
            overrides.check_not_requester(actors, excluded(job))
            return overrides.force(job, request, now, actors[0])

        return self._change(workspace_id, job_id, step)

    def report(
        self,
        workspace_id: str,
        job_id: str,
        actor: str,
        attempt: int,
        batch_id: str | None,
        batch: tuple[Report, ...],
    ) -> Job:
        """Applies a batch of reports from the run of an attempt; the last report ends a fire-and-forget run."""
        job = self._change(
            workspace_id,
            job_id,
            lambda job, now: reports.apply_batch(job, attempt, batch_id, batch, now, actor),
        )
        if not fire_and_forget.is_done(job):
            return job
        return self._change(workspace_id, job_id, lambda job, now: fire_and_forget.done(job, now, actor))

    def _change_and_enqueue(
        self, workspace_id: str, job_id: str, step: Callable[[Job, datetime], Job]
    ) -> Job:
        now = self._clock()
        return change_and_enqueue(
            self._jobs, self._enqueuer, workspace_id, job_id, now, lambda job: step(job, now)
        )[0]

    def _change(self, workspace_id: str, job_id: str, step: Callable[[Job, datetime], Job]) -> Job:
        now = self._clock()
        return change(self._jobs, workspace_id, job_id, lambda job: step(job, now))[0]
