"""Reconcile a run with the gateway: find its outcome, mark it lost, or stop it at its deadline."""

from __future__ import annotations

from datetime import datetime, timedelta

from aws_lambda_powertools import Logger

from mosaic.jobs import attempt
from mosaic.jobs.model import Job
from mosaic.jobs.states import StepStatus
from mosaic.jobs.value_objects import Dispatch, RunHandle
from mosaic.openclaw.errors import GatewayError
from mosaic.openclaw.model import RunGateway, RunOutcome, ScheduledRun
from mosaic.services import complete_run
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.services.stop_run import stop
from mosaic.services.sweep_due_jobs import RECHECK_AFTER
from mosaic.storage.jobs import Jobs

logger = Logger(child=True)

ACTOR = "stitcher"
# An unreachable gateway is asked about a run until this long after the run's deadline.
GATEWAY_AWAY = timedelta(minutes=15)
# The gateway starts a run within a second or two. A run that starts later than this gets a new deadline.
LATE_START = timedelta(seconds=10)
# The longest that a run may wait for the gateway to start it.
MAX_START_DELAY = timedelta(hours=24)
STOP_UNKNOWN = "the gateway does not answer, so it is unknown whether the run was stopped"


class RunReconciler:
    """Checks runs in progress: when the callback may be lost, every two minutes after that, and at the deadline."""

    def __init__(self, jobs: Jobs, gateway: RunGateway, enqueuer: JobEnqueuer) -> None:
        self._jobs = jobs
        self._gateway = gateway
        self._enqueuer = enqueuer

    def reconcile(self, job: Job, now: datetime) -> Job | None:
        """Returns the job's next version, or None while its run goes on. Raises StaleJob."""
        dispatch = job.dispatch
        if dispatch is None or dispatch.scheduled_run_id is None:
            raise ValueError(f"job {job.id} has no run at the gateway")
        try:
            changed = self._reconciled(job, dispatch, dispatch.scheduled_run_id, now)
        except GatewayError as error:
            logger.warning("the state of a run is unknown", job_id=job.id, reason=str(error))
            is_over = now >= dispatch.deadline + GATEWAY_AWAY
            changed = attempt.timed_out(job, StepStatus.FAILED, STOP_UNKNOWN, now, ACTOR) if is_over else None
        if changed:
            self._jobs.save(changed)
        elif now < dispatch.deadline <= now + RECHECK_AFTER:
            self._enqueuer.enqueue(job, now, dispatch.deadline)
        return changed

    def _reconciled(self, job: Job, dispatch: Dispatch, scheduled_run_id: str, now: datetime) -> Job | None:
        outcome = self._gateway.outcome(scheduled_run_id)
        run = None if outcome else self._gateway.find(dispatch.key)
        if run is None and not outcome:
            # The run may have ended and been removed between the two calls. It then has an outcome.
            outcome = self._gateway.outcome(scheduled_run_id)
        if outcome and not _reached_deadline(outcome, dispatch):
            return complete_run.apply_outcome(job, scheduled_run_id, outcome, now)
        if outcome or (run is None and now >= dispatch.deadline):
            return self._stop_overdue(job, dispatch, scheduled_run_id, now)
        if run is None or run.missed:
            return attempt.lost(job, now, ACTOR)
        if now < dispatch.deadline:
            return None
        deadline = _extended_deadline(job, dispatch, run, now)
        if deadline:
            return attempt.started_late(job, deadline, now, ACTOR)
        return self._stop_overdue(job, dispatch, scheduled_run_id, now)

    def _stop_overdue(self, job: Job, dispatch: Dispatch, scheduled_run_id: str, now: datetime) -> Job | None:
        """Stops the run; a run that ended well at the last moment counts as completed."""
        stopped = stop(self._gateway, RunHandle(key=dispatch.key, id=scheduled_run_id))
        outcome = self._gateway.outcome(scheduled_run_id)
        if outcome and outcome.status == "ok":
            return complete_run.apply_outcome(job, scheduled_run_id, outcome, now)
        if stopped.over:
            return attempt.timed_out(job, StepStatus.COMPLETED, stopped.summary, now, ACTOR)
        if now < dispatch.deadline + GATEWAY_AWAY:
            return None
        return attempt.timed_out(job, StepStatus.FAILED, stopped.summary, now, ACTOR)


def _reached_deadline(outcome: RunOutcome, dispatch: Dispatch) -> bool:
    """Whether the gateway timed the run out, or a stitcher stopped it at its deadline."""
    if outcome.was_too_long:
        return True
    if not outcome.was_stopped or outcome.run_at is None:
        return False
    ended = outcome.run_at + timedelta(milliseconds=outcome.duration_ms or 0)
    return ended >= dispatch.deadline - LATE_START


def _extended_deadline(job: Job, dispatch: Dispatch, run: ScheduledRun, now: datetime) -> datetime | None:
    """Returns the new deadline of a run that started late or has yet to start; None for other runs."""
    waits = run.next_run_at and now < dispatch.at + MAX_START_DELAY
    started = run.running_since or (now if waits else None)
    deadline = started + timedelta(seconds=job.timeout_seconds) if started else dispatch.deadline
    return deadline if deadline > dispatch.deadline + LATE_START else None
