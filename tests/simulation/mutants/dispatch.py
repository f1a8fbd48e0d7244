"""Mutants of dispatch."""

from __future__ import annotations

from typing import Any, cast

from mosaic.jobs import attempt, fire_and_forget
from mosaic.jobs.job_query import JobQuery
from mosaic.jobs.model import Job
from mosaic.jobs.states import Decision, JobStatus
from mosaic.services import dispatch_intent, evaluate_guard
from mosaic.services.concurrency_limiter import ConcurrencyLimiter
from mosaic.services.dispatch_run import RunDispatcher
from mosaic.services.hooks_transport import FireAndForgetTransport
from mosaic.services.stitch_job import Stitcher
from tests.simulation.mutants.registry import Patch, mutant


@mutant
def dispatch_before_save() -> tuple[Patch, ...]:
    """The gateway is called before the dispatch intent is saved."""
    stitcher_save, dispatcher_save = Stitcher._save, RunDispatcher._save

    def call_gateway(dispatcher: Any, job: Job) -> None:
        if job.status is JobStatus.RUNNING and attempt.awaits_acceptance(job):
            dispatcher._gateway.add(dispatch_intent.run_request(job, dispatcher._endpoints(job)))

    def save_begun(self: Any, job: Job) -> Job:
        call_gateway(self._dispatcher, job)
        return stitcher_save(self, job)

    def save_rescheduled(self: Any, job: Job) -> Job:
        call_gateway(self, job)
        return dispatcher_save(self, job)

    return ((Stitcher, "_save", save_begun), (RunDispatcher, "_save", save_rescheduled))


@mutant
def repeated_dispatch_has_a_new_time() -> tuple[Patch, ...]:
    """A repeated dispatch has a new start time, so the gateway takes it for another run."""
    real = RunDispatcher.dispatch

    def dispatch(self: Any, job: Job, max_tries: int | None = None, *, new: bool = False) -> Job | None:
        if max_tries is None and not new:
            now = self._clock()
            job = self._save(attempt.rescheduled(job, dispatch_intent.start_time(now), now, "stitcher", 0))
        return real(self, job, max_tries, new=new)

    return ((RunDispatcher, "dispatch", dispatch),)


@mutant
def repeated_dispatch_has_a_new_key() -> tuple[Patch, ...]:
    """A repeated dispatch has a new run key, so the gateway takes it for another run."""
    real = dispatch_intent.run_request

    def request(job: Job, endpoints: Any) -> Any:
        return real(job, endpoints).model_copy(
            update={"key": f"{dispatch_intent.run_key(job)}:{job.version}"}
        )

    return ((dispatch_intent, "run_request", request),)


@mutant
def dispatch_without_approval() -> tuple[Patch, ...]:
    """A job that needs an approval is dispatched without one."""
    real = evaluate_guard.evaluate

    def evaluate(job: Job, *rest: Any) -> Any:
        result = real(job, *rest)
        if result.decision is not Decision.APPROVAL_REQUIRED:
            return result
        capabilities = (*result.capabilities, *result.refused)
        return result.model_copy(update={"decision": Decision.ALLOW, "capabilities": capabilities})

    return ((evaluate_guard, "evaluate", evaluate),)


@mutant
def denied_job_is_dispatched() -> tuple[Patch, ...]:
    """A job is dispatched although the guard rails deny it."""
    real = evaluate_guard.evaluate

    def evaluate(job: Job, *rest: Any) -> Any:
        return real(job, *rest).model_copy(update={"decision": Decision.ALLOW})

    return ((evaluate_guard, "evaluate", evaluate),)


@mutant
def slots_are_not_taken() -> tuple[Patch, ...]:
    """A job starts if a slot is free, without taking it."""

    def admit(self: Any, job: Job, workspace: Any) -> bool:
        if workspace.max_running is None:
            return True
        jobs = self._jobs.page(JobQuery(workspace.id, workspace.all_types), 100, None)
        running = [other for other in jobs if other.id != job.id and other.status is JobStatus.RUNNING]
        return len(running) < int(workspace.max_running)

    return ((ConcurrencyLimiter, "admit", admit),)


@mutant
def hook_is_called_again() -> tuple[Patch, ...]:
    """A fire-and-forget dispatch is repeated with another text, so the gateway starts another run."""
    real = Stitcher._step

    def step(self: Any, job: Job) -> Job | None:
        awaits_acceptance = job.status is JobStatus.RUNNING and attempt.awaits_acceptance(job)
        if (
            awaits_acceptance
            and fire_and_forget.is_fire_and_forget(job)
            and job.due_at
            and job.due_at <= self._clock()
        ):
            return cast("Job | None", self._dispatcher.dispatch(job))
        return real(self, job)

    real_request = dispatch_intent.run_request

    def request(job: Job, endpoints: Any) -> Any:
        changed = real_request(job, endpoints)
        return changed.model_copy(update={"message": f"{changed.message}\n{job.change.at}"})

    return ((Stitcher, "_step", step), (dispatch_intent, "run_request", request))


@mutant
def agent_without_tool_limits_is_dispatched() -> tuple[Patch, ...]:
    """A fire-and-forget run starts although its agent's tools cannot be limited."""
    return ((FireAndForgetTransport, "refusal", lambda _self, _job, _guard: None),)
