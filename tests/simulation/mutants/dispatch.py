"""What runs twice, or should not run."""

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
def order_before_save() -> tuple[Patch, ...]:
    """The gateway is called first, and what was ordered is saved afterwards."""
    real = Stitcher._save

    def save(self: Any, job: Job) -> Job:
        if job.status is JobStatus.RUNNING and attempt.awaits_acceptance(job):
            dispatcher = self._dispatcher
            dispatcher._gateway.add(dispatch_intent.run_request(job, dispatcher._endpoints(job)))
        return real(self, job)

    return ((Stitcher, "_save", save),)


@mutant
def new_time_on_redelivery() -> tuple[Patch, ...]:
    """An order that is repeated gets a new time, with which the gateway takes it for another run."""
    real = RunDispatcher.dispatch

    def dispatch(self: Any, job: Job, max_tries: int | None = None, *, new: bool = False) -> Job | None:
        if max_tries is None and not new:
            now = self._clock()
            job = self._save(attempt.rescheduled(job, dispatch_intent.start_time(now), now, "stitcher", 0))
        return real(self, job, max_tries, new=new)

    return ((RunDispatcher, "dispatch", dispatch),)


@mutant
def new_key_on_redelivery() -> tuple[Patch, ...]:
    """The key under which the gateway knows an attempt has the time of the call in it."""
    real = dispatch_intent.run_request

    def request(job: Job, addresses: Any) -> Any:
        return real(job, addresses).model_copy(
            update={"key": f"{dispatch_intent.run_key(job)}:{job.version}"}
        )

    return ((dispatch_intent, "run_request", request),)


@mutant
def approval_is_not_needed_at_dispatch() -> tuple[Patch, ...]:
    """What would need an approval is taken for approved once somebody was asked."""
    real = evaluate_guard.evaluate

    def guard(job: Job, *rest: Any) -> Any:
        decided = real(job, *rest)
        if decided.decision is not Decision.APPROVAL_REQUIRED:
            return decided
        given = (*decided.capabilities, *decided.refused)
        return decided.model_copy(update={"decision": Decision.ALLOW, "capabilities": given})

    return ((evaluate_guard, "evaluate", guard),)


@mutant
def denied_is_dispatched() -> tuple[Patch, ...]:
    """The guard rails advise, and the stitcher goes on."""
    real = evaluate_guard.evaluate

    def guard(job: Job, *rest: Any) -> Any:
        return real(job, *rest).model_copy(update={"decision": Decision.ALLOW})

    return ((evaluate_guard, "evaluate", guard),)


@mutant
def everybody_has_a_place() -> tuple[Patch, ...]:
    """Whether there is a place is looked up, and the job then goes on without having taken it."""

    def admit(self: Any, job: Job, workspace: Any) -> bool:
        if workspace.max_running is None:
            return True
        known = self._jobs.page(JobQuery(workspace.id, workspace.all_types), 100, None)
        going = [other for other in known if other.id != job.id and other.status is JobStatus.RUNNING]
        return len(going) < int(workspace.max_running)

    return ((ConcurrencyLimiter, "admit", admit),)


@mutant
def hook_is_asked_again() -> tuple[Patch, ...]:
    """A run that the hooks may have begun is asked for again, and the text has a time in it: that is another run."""
    real = Stitcher._step

    def step(self: Any, job: Job) -> Job | None:
        open_order = job.status is JobStatus.RUNNING and attempt.awaits_acceptance(job)
        if (
            open_order
            and fire_and_forget.is_fire_and_forget(job)
            and job.due_at
            and job.due_at <= self._clock()
        ):
            return cast("Job | None", self._dispatcher.dispatch(job))
        return real(self, job)

    ask = dispatch_intent.run_request

    def request(job: Job, addresses: Any) -> Any:
        asked = ask(job, addresses)
        return asked.model_copy(update={"message": f"{asked.message}\n{job.change.at}"})

    return ((Stitcher, "_step", step), (dispatch_intent, "run_request", request))


@mutant
def agent_without_a_ceiling_is_dispatched() -> tuple[Patch, ...]:
    """Nobody asks what an agent may do to whom no tools can be told."""
    return ((FireAndForgetTransport, "refusal", lambda _self, _job, _guard: None),)
