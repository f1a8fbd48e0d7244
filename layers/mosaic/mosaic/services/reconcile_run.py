"""Follow: a run that the gateway took is asked about; one that is over its time is stopped."""

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
# How long after its deadline a run is still asked for at a gateway that does not answer.
GATEWAY_AWAY = timedelta(minutes=15)
# A gateway begins a run within a second or two; one that was away, or has much to do, later.
LATE = timedelta(seconds=10)
# How long a run may have to wait for the gateway to begin it.
LATEST = timedelta(hours=24)
UNKNOWN = "whether it was stopped is not known: the gateway does not answer"


class RunReconciler:
    """Looks at runs that go on: when the callback may have been lost, every two minutes then, and at the deadline."""

    def __init__(self, jobs: Jobs, gateway: RunGateway, enqueuer: JobEnqueuer) -> None:
        self._jobs = jobs
        self._gateway = gateway
        self._enqueuer = enqueuer

    def reconcile(self, job: Job, now: datetime) -> Job | None:
        """The job's next version, or None while its run goes on. Raises StaleJob."""
        order = job.dispatch
        if order is None or order.scheduled_run_id is None:
            raise ValueError(f"job {job.id} has no run at the gateway")
        try:
            changed = self._asked(job, order, order.scheduled_run_id, now)
        except GatewayError as error:
            logger.warning("the gateway cannot be asked about a run", job_id=job.id, reason=str(error))
            away = now >= order.deadline + GATEWAY_AWAY
            changed = attempt.timed_out(job, StepStatus.FAILED, UNKNOWN, now, ACTOR) if away else None
        if changed:
            self._jobs.save(changed)
        elif now < order.deadline <= now + RECHECK_AFTER:
            self._enqueuer.enqueue(job, now, order.deadline)
        return changed

    def _asked(self, job: Job, order: Dispatch, scheduled_run_id: str, now: datetime) -> Job | None:
        outcome = self._gateway.outcome(scheduled_run_id)
        held = None if outcome else self._gateway.find(order.key)
        if held is None and not outcome:
            # It may have been removed since the first question, and then it has an outcome.
            outcome = self._gateway.outcome(scheduled_run_id)
        if outcome and not _had_its_time(outcome, order):
            return complete_run.apply_outcome(job, scheduled_run_id, outcome, now)
        if outcome or (held is None and now >= order.deadline):
            return self._over(job, order, scheduled_run_id, now)
        if held is None or held.missed:
            return attempt.lost(job, now, ACTOR)
        if now < order.deadline:
            return None
        until = _whole_time(job, order, held, now)
        if until:
            return attempt.started_late(job, until, now, ACTOR)
        return self._over(job, order, scheduled_run_id, now)

    def _over(self, job: Job, order: Dispatch, scheduled_run_id: str, now: datetime) -> Job | None:
        """The run is stopped; if it ended well in the last moment, that counts."""
        stopped = stop(self._gateway, RunHandle(key=order.key, id=scheduled_run_id))
        outcome = self._gateway.outcome(scheduled_run_id)
        if outcome and outcome.status == "ok":
            return complete_run.apply_outcome(job, scheduled_run_id, outcome, now)
        if stopped.over:
            return attempt.timed_out(job, StepStatus.COMPLETED, stopped.said, now, ACTOR)
        if now < order.deadline + GATEWAY_AWAY:
            return None
        return attempt.timed_out(job, StepStatus.FAILED, stopped.said, now, ACTOR)


def _had_its_time(outcome: RunOutcome, order: Dispatch) -> bool:
    """Whether a run was ended for its time: by the gateway, or at its deadline by a stitcher. That is no failure."""
    if outcome.was_too_long:
        return True
    if not outcome.was_stopped or outcome.run_at is None:
        return False
    ended = outcome.run_at + timedelta(milliseconds=outcome.duration_ms or 0)
    return ended >= order.deadline - LATE


def _whole_time(job: Job, order: Dispatch, held: ScheduledRun, now: datetime) -> datetime | None:
    """Until when a run that the gateway began late, or has yet to begin, may take; None for one that had its time."""
    began = held.running_since or (now if held.next_run_at and now < order.at + LATEST else None)
    until = began + timedelta(seconds=job.timeout_seconds) if began else order.deadline
    return until if until > order.deadline + LATE else None
