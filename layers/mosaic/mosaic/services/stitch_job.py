"""Stitch: a woken job gets the one thing that its state calls for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from aws_lambda_powertools import Logger

from mosaic.access.model import Workspace
from mosaic.jobs import approval, attempt, fire_and_forget, lifecycle, validation
from mosaic.jobs.errors import StaleJob
from mosaic.jobs.failures import failed
from mosaic.jobs.model import Job
from mosaic.jobs.states import Decision, JobStatus, Phase, Waiting
from mosaic.jobs.value_objects import Dispatch, GuardDecision
from mosaic.openclaw.circuit import asked_to_wait, is_failure
from mosaic.openclaw.errors import (
    ClockAhead,
    GatewayError,
    GatewayUnauthorized,
    GatewayUnavailable,
    ScheduleInPast,
)
from mosaic.openclaw.model import RunGateway
from mosaic.rails import quality
from mosaic.rails.policy import PolicyBook
from mosaic.services import dispatch_intent
from mosaic.services.admit_job import AdmissionControl
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.services.hooks_transport import FireAndForgetTransport
from mosaic.services.reconcile_run import RunReconciler
from mosaic.services.remove_runs import RunRemoval
from mosaic.storage.access import Access
from mosaic.storage.jobs import Jobs

logger = Logger(child=True)

ACTOR = "stitcher"
# A message may come back a little before the moment that it was delayed to.
EARLY = timedelta(seconds=2)
# How long a gateway may call itself busy before that counts as being away.
BUSY_MOST = timedelta(hours=24)


class Stitcher:
    """Runs the rails, dispatches, follows and stops runs. Any message may come twice, late, or for nothing."""

    def __init__(
        self,
        jobs: Jobs,
        access: Access,
        gateway: RunGateway,
        enqueuer: JobEnqueuer,
        admission: AdmissionControl,
        policies: PolicyBook,
        endpoints: Callable[[Job], dispatch_intent.RunEndpoints],
        clock: Callable[[], datetime],
        hooks: FireAndForgetTransport | None = None,
    ) -> None:
        self._jobs = jobs
        self._hooks = hooks
        self._admission = admission
        self._access = access
        self._gateway = gateway
        self._enqueuer = enqueuer
        self._policies = policies
        self._endpoints = endpoints
        self._clock = clock
        self._removal = RunRemoval(jobs, gateway, enqueuer, clock)
        self._reconciler = RunReconciler(jobs, gateway, enqueuer)

    def process(self, workspace_id: str, job_id: str) -> None:
        """Do for the job what can be done now. Raises StaleJob when somebody else is at it: come again."""
        job = self._jobs.get(workspace_id, job_id)
        if job is None:
            logger.warning("a message names a job that is not stored", job_id=job_id)
        while job is not None:
            job = self._step(job)

    def _step(self, job: Job) -> Job | None:
        """The job's next version, or None when nothing is left to do now."""
        now = self._clock()
        if job.status is JobStatus.PENDING:
            return self._pending(job, now)
        if job.status is JobStatus.QUEUED:
            return self._queued(job, now)
        if job.status in lifecycle.ENDED:
            self._removal.remove_runs(job, now)
            return None
        if job.due_at is None or now < job.due_at:
            return None
        if job.phase is Phase.VALIDATION:
            return self._save(validation.expire(job, now, ACTOR))
        if fire_and_forget.is_fire_and_forget(job):
            return self._save(fire_and_forget.due(job, now, ACTOR))
        if attempt.awaits_acceptance(job):
            return self._dispatch(job)
        return self._reconciler.reconcile(job, now)

    def _pending(self, job: Job, now: datetime) -> Job | None:
        if job.waiting is Waiting.SLOT:
            called = self._admission.admitted(job, self._workspace(job), now)
            return self._save(called) if called else None
        if job.due_at is None or now + EARLY < job.due_at:
            return None
        if job.waiting is Waiting.APPROVAL:
            return self._save(approval.expire(job, now, ACTOR))
        return self._save(lifecycle.release(job, now, ACTOR))

    def _queued(self, job: Job, now: datetime) -> Job | None:
        self._removal.remove_leftovers(job)
        if job.retry_at and now + EARLY < job.retry_at and job.waiting is not Waiting.GATEWAY:
            if job.earlier_runs:
                self._enqueuer.enqueue(job, now, job.retry_at)
            return None
        workspace = self._workspace(job)
        if job.type not in workspace.job_types:
            return self._save(lifecycle.fail(job, failed("unknown_type", type=job.type), now, ACTOR))
        guard = dispatch_intent.evaluate_guard(job, workspace, self._policies, now)
        if guard.decision is Decision.DENY:
            return self._save(lifecycle.deny(job, guard, now, ACTOR))
        if guard.decision is Decision.APPROVAL_REQUIRED:
            return self._save(self._asking(job, workspace, now))
        refusal = self._hooks.refusal(job, guard) if self._hooks else None
        if refusal:
            return self._save(lifecycle.fail(job, refusal, now, ACTOR, guard=guard))
        held = self._admission.blocked(job, workspace, now)
        if held:
            return None if held is job else self._save(held)
        asked, gates = quality.decide(job, workspace.gates, workspace.gate_timeout_seconds)
        priced = job.evolve(prices=workspace.prices)
        begun = attempt.begin(priced, guard, asked, gates, self._ordered(job, guard, now), now, ACTOR)
        return self._dispatch(
            self._save(begun), workspace.max_dispatch_tries, new=dispatch_intent.is_new(job)
        )

    def _ordered(self, job: Job, guard: GuardDecision, now: datetime) -> Dispatch:
        return dispatch_intent.dispatch_for(job, guard, now, "hooks" if self._hooks else "rpc")

    def _asking(self, job: Job, workspace: Workspace, now: datetime) -> Job:
        """The job as it waits for approval of all that it needs one for, whatever was approved before."""
        guard = dispatch_intent.evaluate_guard(job.evolve(approval=None), workspace, self._policies, now)
        timeout = timedelta(seconds=workspace.approval_timeout_seconds)
        return approval.request_approval(job, guard, timeout, now, ACTOR)

    def _dispatch(self, job: Job, max_tries: int | None = None, *, new: bool = False) -> Job | None:
        """Have the gateway take the job's stored order; it is `new` if no other call can have asked for it."""
        if self._hooks and fire_and_forget.is_fire_and_forget(job):
            return self._hook(job, self._hooks, max_tries)
        try:
            taken = self._gateway.add(dispatch_intent.run_request(job, self._endpoints(job)))
        except ScheduleInPast:
            return self._late(job)
        except GatewayError as error:
            self._not_taken(job, error, max_tries, new=new)
            return None
        self._admission.record_success()
        return self._taken(job, taken.scheduled_run_id, known_before=not taken.created)

    def _hook(self, job: Job, gateway: FireAndForgetTransport, max_tries: int | None) -> Job | None:
        """As `_order`, but asked once at most: a call that may have been heard is taken for one that was."""
        run_id = None
        try:
            run_id = gateway.hooks.start(dispatch_intent.run_request(job, self._endpoints(job)))
        except GatewayError as error:
            if not isinstance(error, GatewayUnavailable) or not error.may_have_been_accepted:
                self._not_taken(job, error, max_tries)
                return None
        self._admission.record_success()
        return self._save(fire_and_forget.taken(job, run_id, self._clock(), ACTOR))

    def _late(self, job: Job) -> Job | None:
        """The order's time is past: ask what became of it; one that the gateway never took gets a new time."""
        now = self._clock()
        try:
            known = self._gateway.find(dispatch_intent.run_key(job))
        except GatewayError as error:
            self._not_taken(job, error, None)
            return None
        if known:
            return self._taken(job, known.id, known_before=True)
        late = dispatch_intent.late_tries(job, now)
        if late >= len(dispatch_intent.LEADS):
            self._not_taken(job, ClockAhead(), None)
            return None
        again = attempt.rescheduled(job, dispatch_intent.start_time(now, late), now, ACTOR, late)
        return self._dispatch(self._save(again), new=True)

    def _taken(self, job: Job, scheduled_run_id: str, *, known_before: bool) -> Job | None:
        now = self._clock()
        try:
            taken = self._save(attempt.accepted(job, scheduled_run_id, known_before, now, ACTOR))
        except StaleJob:
            # It may have been cancelled while the gateway was called, and then the run must go.
            return self._jobs.get(job.workspace_id, job.id)
        if not known_before:
            self._enqueuer.enqueue(taken, now)
        return taken

    def _not_taken(self, job: Job, error: GatewayError, max_tries: int | None, *, new: bool = False) -> None:
        now, said = self._clock(), str(error)
        if not is_failure(error):
            self._admission.record_success()
        if not error.retryable and not isinstance(error, GatewayUnauthorized):
            self._save(attempt.refused(job, said, now, ACTOR))
            return
        wait = asked_to_wait(error)
        most = max_tries or self._workspace(job).max_dispatch_tries
        if is_failure(error):
            waiting = self._admission.record_failure(job, said, most, now)
        elif wait and now < (job.started_at or now) + BUSY_MOST:
            at = dispatch_intent.start_time(now + wait) if new else None
            waiting = attempt.busy(job, said, now + wait, at, now, ACTOR)
        else:
            waiting = attempt.unreachable(job, said, most, now, ACTOR)
        self._enqueuer.enqueue(self._save(waiting), now)

    def _workspace(self, job: Job) -> Workspace:
        return self._access.workspace(job.workspace_id) or Workspace(id=job.workspace_id)

    def _save(self, job: Job) -> Job:
        self._jobs.save(job)
        return job
