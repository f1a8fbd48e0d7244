"""Stitch a job: take the next step that its status calls for, until nothing is left to do now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from aws_lambda_powertools import Logger

from mosaic.access.model import PROVIDERS, Workspace
from mosaic.jobs import approval, attempt, fire_and_forget, lifecycle, validation
from mosaic.jobs.failures import failed
from mosaic.jobs.model import Job
from mosaic.jobs.states import Decision, JobStatus, Phase, Waiting
from mosaic.jobs.value_objects import Dispatch, GuardDecision
from mosaic.openclaw.model import RunGateway
from mosaic.rails import quality
from mosaic.rails.policy import PolicySet
from mosaic.services import dispatch_intent, evaluate_guard
from mosaic.services.admit_job import AdmissionControl
from mosaic.services.configure_workspace import current_workspace
from mosaic.services.dispatch_run import RunDispatcher
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.services.hooks_transport import FireAndForgetTransport
from mosaic.services.reconcile_run import RunReconciler
from mosaic.services.remove_runs import RunRemoval
from mosaic.storage.access import Access
from mosaic.storage.jobs import Jobs

logger = Logger(child=True)

ACTOR = "stitcher"
# A message may arrive a little before the moment that it was delayed to.
MAX_EARLY = timedelta(seconds=2)


class Stitcher:
    """Moves jobs through the rails to the gateway. A repeated, late or needless message does no harm."""

    def __init__(
        self,
        jobs: Jobs,
        access: Access,
        gateway: RunGateway,
        enqueuer: JobEnqueuer,
        admission: AdmissionControl,
        policies: PolicySet,
        endpoints: Callable[[Job], dispatch_intent.RunEndpoints],
        clock: Callable[[], datetime],
        hooks: FireAndForgetTransport | None = None,
    ) -> None:
        self._jobs = jobs
        self._access = access
        self._enqueuer = enqueuer
        self._admission = admission
        self._policies = policies
        self._clock = clock
        self._hooks = hooks
        self._dispatcher = RunDispatcher(jobs, access, gateway, enqueuer, admission, endpoints, clock, hooks)
        self._removal = RunRemoval(jobs, gateway, enqueuer, clock)
        self._reconciler = RunReconciler(jobs, gateway, enqueuer)

    def process(self, workspace_id: str, job_id: str) -> None:
        """Takes all steps that the job needs now. Raises StaleJob when another writer changes the job meanwhile."""
        job = self._jobs.get(workspace_id, job_id)
        if job is None:
            logger.warning("a message names a job that is not stored", job_id=job_id)
        while job is not None:
            job = self._step(job)

    def _step(self, job: Job) -> Job | None:
        """Returns the job's next version, or None when nothing is left to do now."""
        now = self._clock()
        if job.status is JobStatus.PENDING:
            return self._step_pending(job, now)
        if job.status is JobStatus.QUEUED:
            return self._step_queued(job, now)
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
            return self._dispatcher.dispatch(job)
        return self._reconciler.reconcile(job, now)

    def _step_pending(self, job: Job, now: datetime) -> Job | None:
        if job.waiting is Waiting.SLOT:
            admitted = self._admission.admitted(job, self._workspace(job), now)
            return self._save(admitted) if admitted else None
        if job.due_at is None or now + MAX_EARLY < job.due_at:
            return None
        if job.waiting is Waiting.APPROVAL:
            return self._save(approval.expire(job, now, ACTOR))
        return self._save(lifecycle.release(job, now, ACTOR))

    def _step_queued(self, job: Job, now: datetime) -> Job | None:
        self._removal.remove_leftovers(job)
        if job.retry_at and now + MAX_EARLY < job.retry_at and job.waiting is not Waiting.GATEWAY:
            if job.earlier_runs:
                self._enqueuer.enqueue(job, now, job.retry_at)
            return None
        workspace = self._workspace(job)
        if job.type not in workspace.job_types:
            return self._save(lifecycle.fail(job, failed("unknown_type", type=job.type), now, ACTOR))
        if not self._is_connected(job):
            failure = failed("repository_not_connected", repository=job.repository or "")
            return self._save(lifecycle.fail(job, failure, now, ACTOR))
        guard = evaluate_guard.evaluate(job, workspace, self._policies, now)
        stopped = self._stopped_by_rails(job, workspace, guard, now)
        if stopped:
            return self._save(stopped)
        blocked = self._admission.blocked(job, workspace, now)
        if blocked:
            return None if blocked is job else self._save(blocked)
        rules, gates = quality.decide(
            job,
            workspace.gates,
            workspace.gate_timeout_seconds,
            workspace.require_push,
            guard.capabilities,
        )
        priced = job.evolve(prices=workspace.prices)
        begun = attempt.begin(priced, guard, rules, gates, self._intent(job, guard, now), now, ACTOR)
        return self._dispatcher.dispatch(
            self._save(begun), workspace.max_dispatch_tries, new=dispatch_intent.is_new(job)
        )

    def _stopped_by_rails(
        self, job: Job, workspace: Workspace, guard: GuardDecision, now: datetime
    ) -> Job | None:
        """Returns the job as it fails or waits for approval, or None when the rails let it pass."""
        if guard.decision is Decision.DENY:
            return lifecycle.deny(job, guard, now, ACTOR)
        if guard.decision is Decision.APPROVAL_REQUIRED:
            return self._request_approval(job, workspace, now)
        refusal = self._hooks.refusal(job, guard) if self._hooks else None
        return lifecycle.fail(job, refusal, now, ACTOR, guard=guard) if refusal else None

    def _request_approval(self, job: Job, workspace: Workspace, now: datetime) -> Job:
        """Requests approval of all capabilities that need one, also of those approved before."""
        guard = evaluate_guard.evaluate(job.evolve(approval=None), workspace, self._policies, now)
        timeout = timedelta(seconds=workspace.approval_timeout_seconds)
        return approval.request_approval(job, guard, timeout, now, ACTOR)

    def _intent(self, job: Job, guard: GuardDecision, now: datetime) -> Dispatch:
        return dispatch_intent.dispatch_for(job, guard, now, "hooks" if self._hooks else "rpc")

    def _is_connected(self, job: Job) -> bool:
        """True for a job without a repository, or whose workspace receives the repository's webhooks."""
        if job.repository is None:
            return True
        forge = [provider for provider in PROVIDERS if provider == job.source.kind]
        return self._access.is_connected(
            job.workspace_id, job.repository, forge or PROVIDERS, job.repository_id
        )

    def _workspace(self, job: Job) -> Workspace:
        return current_workspace(self._access, job.workspace_id)

    def _save(self, job: Job) -> Job:
        self._jobs.save(job)
        return job
