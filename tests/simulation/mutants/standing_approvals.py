"""Mutants of standing approvals."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from api.routes import workspace
from mosaic.access import standing_approvals
from mosaic.access.model import Workspace
from mosaic.jobs import approval
from mosaic.jobs.model import Job
from mosaic.jobs.value_objects import StandingApproval
from mosaic.services import evaluate_guard
from tests.simulation.mutants.registry import Patch, mutant

Standing = tuple[StandingApproval, ...]


@mutant
def standing_approvals_do_not_expire() -> tuple[Patch, ...]:
    """A standing approval applies after its end."""
    real = standing_approvals.standing_approvals_for

    def standing_approvals_for(job: Job, workspace: Workspace, now: datetime) -> Standing:
        return real(job, workspace, min((now, *(item.approved_at for item in workspace.standing_approvals))))

    return ((evaluate_guard, "standing_approvals_for", standing_approvals_for),)


@mutant
def standing_approvals_cover_guests() -> tuple[Patch, ...]:
    """A standing approval applies to jobs of guests."""
    real = standing_approvals.standing_approvals_for

    def standing_approvals_for(job: Job, workspace: Workspace, now: datetime) -> Standing:
        member = job.source.model_copy(update={"role": "member"})
        return real(job.model_copy(update={"source": member}), workspace, now)

    return ((evaluate_guard, "standing_approvals_for", standing_approvals_for),)


@mutant
def standing_approvals_cover_their_approver() -> tuple[Patch, ...]:
    """A standing approval applies to the approver's own jobs."""
    real = standing_approvals.standing_approvals_for

    def standing_approvals_for(job: Job, workspace: Workspace, now: datetime) -> Standing:
        return real(job, workspace.model_copy(update={"self_approval": True}), now)

    return ((evaluate_guard, "standing_approvals_for", standing_approvals_for),)


@mutant
def standing_approvals_cover_all_repositories() -> tuple[Patch, ...]:
    """A standing approval applies to jobs in other repositories."""
    return ((standing_approvals, "_covers", lambda item, job: item.profile == job.profile),)


@mutant
def withdrawn_approvals_stay() -> tuple[Patch, ...]:
    """A workspace that is saved without standing approvals keeps them."""
    real = workspace._wanted

    def wanted(request: Any, saved: Workspace) -> Workspace:
        return real(request, saved).model_copy(update={"standing_approvals": saved.standing_approvals})

    return ((workspace, "_wanted", wanted),)


@mutant
def standing_approvals_require_the_same_branch() -> tuple[Patch, ...]:
    """A standing approval applies only to jobs on the same generated branch, so to no later job."""
    return tuple(
        (module, "named_branch", lambda job: job.branch) for module in (approval, standing_approvals)
    )
