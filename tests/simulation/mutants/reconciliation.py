"""Who should look after a job, and does not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from mosaic.jobs.model import Job
from mosaic.jobs.states import Phase
from mosaic.services import sweep_due_jobs
from mosaic.services.control_job import JobControl
from mosaic.services.reconcile_run import RunReconciler
from mosaic.services.remove_runs import RunRemoval
from mosaic.services.stitch_job import Stitcher
from tests.simulation.mutants.registry import Patch, mutant


@mutant
def sweep_ignores_validation() -> tuple[Patch, ...]:
    """Nobody notices that the gates' time is up."""
    real = Stitcher._step

    def step(self: Any, job: Job) -> Job | None:
        return None if job.phase is Phase.VALIDATION else real(self, job)

    return ((Stitcher, "_step", step),)


@mutant
def sweep_takes_the_message_for_done() -> tuple[Patch, ...]:
    """A job that was woken once is not looked for again."""
    return ((sweep_due_jobs, "RECHECK_AFTER", timedelta(days=36_500)),)


@mutant
def lost_callback_is_not_asked_after() -> tuple[Patch, ...]:
    """A run of which nothing is heard is left alone."""
    return ((RunReconciler, "reconcile", lambda _self, _job, _now: None),)


@mutant
def cancel_stops_the_run_first() -> tuple[Patch, ...]:
    """The gateway's run is removed while the job still counts as running."""
    gateways: list[Any] = []
    start, real = Stitcher.__init__, JobControl.cancel

    def remember(self: Any, *args: Any, **kwargs: Any) -> None:
        start(self, *args, **kwargs)
        gateways.append(self._dispatcher._gateway)

    def cancel(self: Any, workspace_id: str, job_id: str, *rest: Any) -> Job:
        job = self._jobs.get(workspace_id, job_id)
        if job and job.dispatch and job.dispatch.scheduled_run_id:
            gateways[-1].remove(job.dispatch.scheduled_run_id)
        return real(self, workspace_id, job_id, *rest)

    return ((Stitcher, "__init__", remember), (JobControl, "cancel", cancel))


@mutant
def cleanup_gives_up() -> tuple[Patch, ...]:
    """A gateway that cannot be reached is not asked again to stop a run."""

    def postpone(self: Any, job: Job, _now: datetime, _reason: str) -> None:
        self._settle(job)

    return ((RunRemoval, "_postpone", postpone),)
