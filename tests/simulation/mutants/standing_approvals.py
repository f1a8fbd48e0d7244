"""Bugs in what was approved for later jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from api.routes import workspace
from mosaic.access import standing
from mosaic.access.model import Workspace
from mosaic.jobs import approval
from mosaic.jobs.model import Job
from mosaic.jobs.value_objects import StandingApproval
from mosaic.services import evaluate_guard
from tests.simulation.mutants.registry import Patch, mutant

Standing = tuple[StandingApproval, ...]


@mutant
def what_stands_does_not_end() -> tuple[Patch, ...]:
    """Until when somebody approved is kept, and not looked at."""
    real = standing.standing_approvals_for

    def standing_approvals_for(job: Job, workspace: Workspace, now: datetime) -> Standing:
        return real(job, workspace, min((now, *(one.approved_at for one in workspace.standing_approvals))))

    return ((evaluate_guard, "standing_approvals_for", standing_approvals_for),)


@mutant
def what_stands_is_for_guests_too() -> tuple[Patch, ...]:
    """What was approved when a member asked lets a passer-by's comment through."""
    real = standing.standing_approvals_for

    def standing_approvals_for(job: Job, workspace: Workspace, now: datetime) -> Standing:
        known = job.source.model_copy(update={"role": "member"})
        return real(job.model_copy(update={"source": known}), workspace, now)

    return ((evaluate_guard, "standing_approvals_for", standing_approvals_for),)


@mutant
def what_stands_is_for_whoever_gave_it() -> tuple[Patch, ...]:
    """Somebody's approval counts for what they ask for themselves."""
    real = standing.standing_approvals_for

    def standing_approvals_for(job: Job, workspace: Workspace, now: datetime) -> Standing:
        return real(job, workspace.model_copy(update={"self_approval": True}), now)

    return ((evaluate_guard, "standing_approvals_for", standing_approvals_for),)


@mutant
def what_stands_is_for_every_repository() -> tuple[Patch, ...]:
    """Whose agents may do what is looked at, and not where."""
    return ((standing, "_covers", lambda one, job: one.profile == job.profile),)


@mutant
def what_is_withdrawn_stands() -> tuple[Patch, ...]:
    """A workspace that is saved without what stood keeps it."""
    real = workspace._wanted

    def wanted(request: Any, known: Workspace) -> Workspace:
        return real(request, known).model_copy(update={"standing_approvals": known.standing_approvals})

    return ((workspace, "_wanted", wanted),)


@mutant
def what_stands_is_for_the_branch_that_was_looked_at() -> tuple[Patch, ...]:
    """A job's own branch counts as one that was asked for, and no other job ever has it."""
    return tuple((room, "named_branch", lambda job: job.branch) for room in (approval, standing))
