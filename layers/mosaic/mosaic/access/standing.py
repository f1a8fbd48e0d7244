"""Whose approval counts for a job, and which approvals stand for later ones. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from mosaic.access.errors import TooManyApprovals
from mosaic.access.model import Workspace
from mosaic.jobs.approval import named_branch
from mosaic.jobs.model import Job
from mosaic.jobs.value_objects import StandingApproval

# A workspace is one item of at most 400 KB, and what a request can set of it takes up to 256.
MAX_STANDING = 100
MAX_STANDING_BYTES = 96 * 1024


def excluded_approvers(job: Job, workspace: Workspace) -> frozenset[str]:
    """Who may not approve the job: who asked for it, under any of their names that the workspace knows.

    Nobody where it has `self_approval`.
    """
    if workspace.self_approval:
        return frozenset()
    known = (names for names in workspace.people.values() if job.requesters.intersection(names))
    return job.requesters.union(*known)


def standing_approvals_for(job: Job, workspace: Workspace, now: datetime) -> tuple[StandingApproval, ...]:
    """The workspace's standing approvals that count for this job, for each capability the one that lasts longest.

    What somebody approved does not count for what they ask for themselves, unless the workspace has `self_approval`.
    Nothing stands for a guest: like a grant, it was given in trust in those who ask.
    """
    if job.source.role == "guest":
        return ()
    own = excluded_approvers(job, workspace)
    counting = (
        one
        for one in workspace.standing_approvals
        if now < one.until and _covers(one, job) and one.approved_by not in own
    )
    return tuple({one.capability: one for one in sorted(counting, key=lambda one: one.until)}.values())


def add_standing(
    known: tuple[StandingApproval, ...], given: Collection[StandingApproval], now: datetime
) -> tuple[StandingApproval, ...]:
    """What stands once these are given too: a person's last word on a thing is the one that counts.

    Those that have ended are dropped, what stands so already stays as it is. Raises TooManyApprovals beyond
    MAX_STANDING or MAX_STANDING_BYTES in all.
    """
    stand = {_thing(one): one for one in known if now < one.until}
    for one in given:
        before = stand.get(_thing(one))
        if before is None or before.model_copy(update={"approved_at": one.approved_at}) != one:
            stand[_thing(one)] = one
    if len(stand) > MAX_STANDING or sum(map(_bytes, stand.values())) > MAX_STANDING_BYTES:
        raise TooManyApprovals(MAX_STANDING)
    return tuple(stand.values())


def restore_standing(
    known: tuple[StandingApproval, ...],
    is_given: Callable[[StandingApproval], bool],
    stood: Collection[StandingApproval],
) -> tuple[StandingApproval, ...]:
    """What stands without what was given: where that took the place of something that `stood`, this stands again."""
    before = {_thing(one): one for one in stood}
    stand = (before.get(_thing(one)) if is_given(one) else one for one in known)
    return tuple(one for one in stand if one)


def _bytes(one: StandingApproval) -> int:
    return len(one.model_dump_json(by_alias=True).encode())


def _thing(one: StandingApproval) -> tuple[object, ...]:
    return one.profile, one.capability, one.repository.lower(), one.branch, one.paths, one.approved_by


def _covers(one: StandingApproval, job: Job) -> bool:
    asked = job.profile, (job.repository or "").lower(), named_branch(job)
    return asked == (one.profile, one.repository.lower(), one.branch) and _within(job.paths, one.paths)


def _within(paths: tuple[str, ...], approved: tuple[str, ...]) -> bool:
    """Whether each of the paths is approved, or lies in a folder that is; none at all is the whole repository."""
    folders = tuple(path for path in approved if path.endswith("/"))
    return not approved or (
        bool(paths) and all(path in approved or path.startswith(folders) for path in paths)
    )
