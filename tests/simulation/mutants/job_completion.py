"""What ends a job that it should not end."""

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
def callback_of_any_attempt() -> tuple[Patch, ...]:
    """A callback ends whatever attempt the job is at."""

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
def reports_of_any_attempt() -> tuple[Patch, ...]:
    """The run of an earlier attempt goes on reporting on the present one."""
    real = reports.apply_batch

    def take(job: Job, _attempt: int, *rest: Any) -> Job:
        return real(job, job.attempt, *rest)

    return ((reports, "apply_batch", take),)


@mutant
def late_callback_wakes_the_dead() -> tuple[Patch, ...]:
    """A callback is taken whatever the job's status, so that a cancelled one completes."""
    real = complete_run.apply_outcome

    def ended(job: Job, *rest: Any) -> Job:
        alive = job.model_copy(update={"status": JobStatus.RUNNING, "phase": Phase.EXECUTION})
        return real(alive if job.dispatch else job, *rest)

    return ((complete_run, "apply_outcome", ended),)


@mutant
def skipped_gates_pass() -> tuple[Patch, ...]:
    """A gate that could not run does not stop the job."""
    return ((validation, "PASSING", frozenset({GateStatus.PASSED, GateStatus.FORCED, GateStatus.ERROR})),)


@mutant
def gates_that_are_silent_pass() -> tuple[Patch, ...]:
    """When the gates' time is up, the job completes with what it has."""
    return ((validation, "expire", lambda job, now, actor: lifecycle.complete(job, now, actor)),)


@mutant
def run_that_says_nothing_is_done() -> tuple[Patch, ...]:
    """A run that is not followed, and has said nothing by its deadline, is taken for done."""
    real = fire_and_forget.due

    def due(job: Job, now: datetime, actor: str) -> Job:
        return real(job.evolve(progress_percent=fire_and_forget.DONE_PERCENT), now, actor)

    return ((fire_and_forget, "due", due),)


@mutant
def earlier_attempts_are_forgotten() -> tuple[Patch, ...]:
    """The next attempt keeps nothing of how the one before ended."""
    real = lifecycle._next_attempt

    def next_attempt(job: Job) -> dict[str, Any]:
        return {**real(job), "past_attempts": ()}

    return ((lifecycle, "_next_attempt", next_attempt),)
