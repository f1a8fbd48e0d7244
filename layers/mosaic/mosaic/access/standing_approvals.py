"""Approvers of a job, and the standing approvals that cover it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from mosaic.access.errors import TooManyApprovals
from mosaic.access.model import Workspace
from mosaic.jobs.actors import any_same_actor, normal_name
from mosaic.jobs.approval import named_branch
from mosaic.jobs.model import Job
from mosaic.jobs.value_objects import StandingApproval

# A workspace is one item of at most 400 KB, of which a request can set up to 256 KB.
MAX_STANDING = 100
MAX_STANDING_BYTES = 96 * 1024


def excluded_approvers(job: Job, workspace: Workspace) -> frozenset[str]:
    """Returns the people who may not approve the job: its requesters, under all their names in the workspace.

    Empty if the workspace has `self_approval`.
    """
    if workspace.self_approval:
        return frozenset()
    current = (
        names
        for names in workspace.people.values()
        if any(any_same_actor(name, job.requesters) for name in names)
    )
    return job.requesters.union(*current)


def standing_approvals_for(job: Job, workspace: Workspace, now: datetime) -> tuple[StandingApproval, ...]:
    """Returns the standing approvals that cover this job: for each capability, the one that lasts longest.

    A person's standing approvals do not cover their own requests, also if they were given with a token that
    the person created, unless the workspace has `self_approval`.
    They never cover a guest's job.
    """
    if job.source.role == "guest":
        return ()
    excluded = excluded_approvers(job, workspace)
    counted = (
        approval
        for approval in workspace.standing_approvals
        if now < approval.until
        and _covers(approval, job)
        and not any(
            any_same_actor(name, excluded) for name in (approval.approved_by, *approval.approver_creators)
        )
    )
    return tuple(
        {
            approval.capability: approval for approval in sorted(counted, key=lambda approval: approval.until)
        }.values()
    )


def add_standing(
    current: tuple[StandingApproval, ...], new_approvals: Collection[StandingApproval], now: datetime
) -> tuple[StandingApproval, ...]:
    """Returns the standing approvals with the new ones added. A person's new approval replaces an equal one.

    Expired approvals are dropped; unchanged ones stay as they are. Raises TooManyApprovals beyond
    MAX_STANDING or MAX_STANDING_BYTES in all.
    """
    standing = {_key(approval): approval for approval in current if now < approval.until}
    for approval in new_approvals:
        before = standing.get(_key(approval))
        if before is None or before.model_copy(update={"approved_at": approval.approved_at}) != approval:
            standing[_key(approval)] = approval
    if len(standing) > MAX_STANDING or sum(map(_bytes, standing.values())) > MAX_STANDING_BYTES:
        raise TooManyApprovals(MAX_STANDING)
    return tuple(standing.values())


def restore_standing(
    current: tuple[StandingApproval, ...],
    is_given: Callable[[StandingApproval], bool],
    previous: Collection[StandingApproval],
) -> tuple[StandingApproval, ...]:
    """Returns the standing approvals without the new ones, with those of `previous` that they replaced."""
    before = {_key(approval): approval for approval in previous}
    standing = (before.get(_key(approval)) if is_given(approval) else approval for approval in current)
    return tuple(approval for approval in standing if approval)


def _bytes(approval: StandingApproval) -> int:
    return len(approval.model_dump_json(by_alias=True).encode())


def _key(approval: StandingApproval) -> tuple[object, ...]:
    return (
        approval.profile,
        approval.capability,
        approval.repository.lower(),
        approval.branch,
        approval.paths,
        normal_name(approval.approved_by),
    )


def _covers(approval: StandingApproval, job: Job) -> bool:
    requested = job.profile, (job.repository or "").lower(), named_branch(job)
    return requested == (approval.profile, approval.repository.lower(), approval.branch) and _within(
        job.paths, approval.paths
    )


def _within(paths: tuple[str, ...], approved: tuple[str, ...]) -> bool:
    """True if every path is approved or inside an approved folder. No approved path means the whole
    repository.
    """
    folders = tuple(path for path in approved if path.endswith("/"))
    return not approved or (
        bool(paths) and all(path in approved or path.startswith(folders) for path in paths)
    )
