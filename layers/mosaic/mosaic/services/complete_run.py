"""Complete a run: apply the outcome that the gateway reports to the job."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from mosaic.jobs import attempt, commits
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Phase
from mosaic.jobs.text import CUT_MARK
from mosaic.jobs.value_objects import Result
from mosaic.openclaw.callback import CallbackRef
from mosaic.openclaw.message import commit_in
from mosaic.openclaw.model import RunOutcome
from mosaic.services.change_job import change_and_enqueue
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.storage.jobs import Jobs

ACTOR = "openclaw"


class RunCompletion:
    """Applies the gateway's callbacks. A callback for an ended attempt changes nothing."""

    def __init__(self, jobs: Jobs, enqueuer: JobEnqueuer, clock: Callable[[], datetime]) -> None:
        self._jobs = jobs
        self._enqueuer = enqueuer
        self._clock = clock

    def complete(self, ref: CallbackRef, scheduled_run_id: str, outcome: RunOutcome) -> tuple[Job, bool]:
        """Returns the job, and whether this outcome ended its run. Raises JobNotFound, StaleJob."""
        now = self._clock()

        def step(job: Job) -> Job:
            return apply_outcome(job, scheduled_run_id, outcome, now) if job.attempt == ref.attempt else job

        return change_and_enqueue(self._jobs, self._enqueuer, ref.workspace_id, ref.job_id, now, step)


def apply_outcome(job: Job, scheduled_run_id: str, outcome: RunOutcome, now: datetime) -> Job:
    """Returns the job after its run ended with this outcome; unchanged unless a run is in progress."""
    if job.status is not JobStatus.RUNNING or job.phase is Phase.VALIDATION:
        return job
    summary = _summary(outcome)
    result = Result(
        summary=summary,
        commit_sha=commit_in(summary),
        model=outcome.model,
        provider=outcome.provider,
        tokens_input=outcome.tokens_input,
        tokens_output=outcome.tokens_output,
        duration_ms=outcome.duration_ms,
    )
    if outcome.status != "ok":
        detail = (outcome.error or outcome.summary or outcome.status)[:500]
        code = "no_tools" if outcome.without_tools else "run_failed"
        return attempt.failed(job, scheduled_run_id, result, detail, now, ACTOR, code)
    if not any(gate.mandatory for gate in job.gates):
        if outcome.error:
            return attempt.failed(job, scheduled_run_id, result, outcome.error[:500], now, ACTOR)
        if outcome.is_silent:
            return attempt.failed(job, scheduled_run_id, result, "", now, ACTOR, "empty_result")
    with_commit = commits.produced(job, result.commit_sha, now) if result.commit_sha else job
    return attempt.succeeded(with_commit, scheduled_run_id, result, now, ACTOR)


def _summary(outcome: RunOutcome) -> str:
    summary = outcome.summary or ""
    return f"{summary.removesuffix('…')}{CUT_MARK} by the gateway" if outcome.summary_cut else summary
