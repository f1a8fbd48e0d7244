"""Mutants of sweeping, reconciling and removing runs."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from mosaic.jobs.model import Job
from mosaic.jobs.states import Phase
from mosaic.openclaw.errors import GatewayError
from mosaic.services import sweep_due_jobs
from mosaic.services.control_job import JobControl
from mosaic.services.reconcile_run import RunReconciler
from mosaic.services.remove_runs import RunRemoval
from mosaic.services.stitch_job import Stitcher
from tests.simulation.mutants.registry import Patch, mutant


@mutant
def validation_deadline_is_ignored() -> tuple[Patch, ...]:
    """The deadline of the gates has no effect."""
    real = Stitcher._step

    def step(self: Any, job: Job) -> Job | None:
        return None if job.phase is Phase.VALIDATION else real(self, job)

    return ((Stitcher, "_step", step),)


@mutant
def swept_job_is_not_swept_again() -> tuple[Patch, ...]:
    """A due job is swept once only."""
    return ((sweep_due_jobs, "RECHECK_AFTER", timedelta(days=36_500)),)


@mutant
def runs_are_not_reconciled() -> tuple[Patch, ...]:
    """A run without a callback is not reconciled."""
    return ((RunReconciler, "reconcile", lambda _self, _job, _now: None),)


@mutant
def cancel_stops_the_run_first() -> tuple[Patch, ...]:
    """The run is stopped before the job is cancelled."""
    gateways: list[Any] = []
    start, real = Stitcher.__init__, JobControl.cancel

    def remember_gateway(self: Any, *args: Any, **kwargs: Any) -> None:
        start(self, *args, **kwargs)
        gateways.append(self._dispatcher._gateway)

    def cancel(self: Any, workspace_id: str, job_id: str, *rest: Any) -> Job:
        job = self._jobs.get(workspace_id, job_id)
        if job and job.dispatch and job.dispatch.scheduled_run_id:
            with suppress(GatewayError):
                gateways[-1].remove(job.dispatch.scheduled_run_id)
        return real(self, workspace_id, job_id, *rest)

    return ((Stitcher, "__init__", remember_gateway), (JobControl, "cancel", cancel))


@mutant
def run_removal_is_not_retried() -> tuple[Patch, ...]:
    """The removal of a run is given up if the gateway is unavailable."""

    def postpone(self: Any, job: Job, _now: datetime, _reason: str) -> None:
        self._settle(job)

    return ((RunRemoval, "_postpone", postpone),)
