"""Mutants that end a job too early."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mosaic.jobs import fire_and_forget, lifecycle, reports, validation
from mosaic.jobs.model import Job
from mosaic.jobs.states import GateStatus, JobStatus, Phase
from mosaic.services import change_job as changing
from mosaic.services import complete_run
from mosaic.services.complete_run import RunCompletion
from tests.simulation.mutants.registry import Patch, mutant


@mutant
def callback_ends_any_attempt() -> tuple[Patch, ...]:
    """A callback of an earlier attempt ends the current one."""

    def complete(self: Any, ref: Any, scheduled_run_id: str, outcome: Any) -> tuple[Job, bool]:
        now = self._clock()
        return changing.change_and_enqueue(
            self._jobs,
            self._enqueuer,
            ref.workspace_id,
            ref.job_id,
            now,
            lambda job: complete_run.apply_outcome(job, scheduled_run_id, outcome, now),
        )

    return ((RunCompletion, "complete", complete),)


@mutant
def reports_of_any_attempt_count() -> tuple[Patch, ...]:
    """A report of an earlier attempt's run changes the current one."""
    real = reports.apply_batch

    def apply_batch(job: Job, _attempt: int, *rest: Any) -> Job:
        return real(job, job.attempt, *rest)

    return ((reports, "apply_batch", apply_batch),)


@mutant
def late_callback_completes_an_ended_job() -> tuple[Patch, ...]:
    """A callback applies to a job that has ended, so a cancelled job completes."""
    real = complete_run.apply_outcome

    def apply_outcome(job: Job, *rest: Any) -> Job:
        running = job.model_copy(update={"status": JobStatus.RUNNING, "phase": Phase.EXECUTION})
        return real(running if job.dispatch else job, *rest)

    return ((complete_run, "apply_outcome", apply_outcome),)


@mutant
def error_gates_pass() -> tuple[Patch, ...]:
    """A gate that had an error does not block the job."""
    return ((validation, "PASSING", frozenset({GateStatus.PASSED, GateStatus.FORCED, GateStatus.ERROR})),)


@mutant
def unreported_gates_pass() -> tuple[Patch, ...]:
    """A job completes at the gates' deadline without their reports."""
    return ((validation, "expire", lambda job, now, actor: lifecycle.complete(job, now, actor)),)


@mutant
def silent_run_completes() -> tuple[Patch, ...]:
    """A fire-and-forget run without a report completes at its deadline."""
    real = fire_and_forget.due

    def due(job: Job, now: datetime, actor: str) -> Job:
        return real(job.evolve(progress_percent=fire_and_forget.DONE_PERCENT), now, actor)

    return ((fire_and_forget, "due", due),)


@mutant
def past_attempts_are_dropped() -> tuple[Patch, ...]:
    """A retry drops the past attempts."""
    real = lifecycle._next_attempt

    def next_attempt(job: Job) -> dict[str, Any]:
        return {**real(job), "past_attempts": ()}

    return ((lifecycle, "_next_attempt", next_attempt),)
