"""Whose approval counts for a job, and which approvals stand for later ones. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from mosaic.access.errors import TooManyApprovals
from mosaic.access.model import Workspace
from mosaic.jobs.model import Job
from mosaic.jobs.parts import StandingApproval

# A workspace is one item of at most 400 KB, and each of these takes up to a kilobyte of it.
MAX_STANDING = 100


def barred(job: Job, workspace: Workspace) -> frozenset[str]:
    """Who may not approve the job: who asked for it, under any of their names that the workspace knows.

    Nobody where it has `self_approval`.
    """
    if workspace.self_approval:
        return frozenset()
    known = (names for names in workspace.people.values() if job.askers.intersection(names))
    return job.askers.union(*known)


def standing_for(job: Job, workspace: Workspace, now: datetime) -> tuple[StandingApproval, ...]:
    """The workspace's standing approvals that count for this job, for each capability the one that lasts longest.

    What somebody approved does not count for what they ask for themselves, unless the workspace has `self_approval`.
    """
    own = barred(job, workspace)
    counting = (
        one
        for one in workspace.standing_approvals
        if (one.profile, one.repository.lower()) == (job.profile, (job.repository or "").lower())
        and now < one.until
        and one.approved_by not in own
    )
    return tuple({one.capability: one for one in sorted(counting, key=lambda one: one.until)}.values())


def with_given(
    known: tuple[StandingApproval, ...], given: Collection[StandingApproval], now: datetime
) -> tuple[StandingApproval, ...]:
    """What stands once these are given too: a person's last word on a thing is the one that counts.

    Those that have ended are dropped, what stands so already stays as it is. Raises TooManyApprovals beyond
    MAX_STANDING.
    """
    stand = {_thing(one): one for one in known if now < one.until}
    for one in given:
        before = stand.get(_thing(one))
        if before is None or before.model_copy(update={"approved_at": one.approved_at}) != one:
            stand[_thing(one)] = one
    if len(stand) > MAX_STANDING:
        raise TooManyApprovals(MAX_STANDING)
    return tuple(stand.values())


def _thing(one: StandingApproval) -> tuple[str, ...]:
    return one.profile, one.capability, one.repository.lower(), one.approved_by
