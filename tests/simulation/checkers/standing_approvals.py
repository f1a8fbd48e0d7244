"""Checks standing approvals: which ones may apply to a job, and which ones must."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from math import inf

from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Waiting
from tests.simulation.simulator.functions import TIMEOUTS

# A decision may be based on a workspace that was read this many seconds ago.
WORKSPACE_READ_WITHIN = float(TIMEOUTS["stitcher"])


@dataclass
class GivenApproval:
    """A standing approval of a capability, until a date, for jobs like `approved_job`.

    In seconds of the schedule: it may apply from `requested_at` on, must apply between `confirmed_at` and
    `removal_requested_at`, and must not from `ended_at` on.
    """

    approved_job: Job
    capability: str
    by: str
    until: datetime
    requested_at: float
    confirmed_at: float = inf
    removal_requested_at: float = inf
    ended_at: float = inf

    def may_apply(self, job: Job, now: float) -> bool:
        """Returns whether this approval may let the job start now."""
        return self._covers(job) and self.requested_at <= now <= self.ended_at + WORKSPACE_READ_WITHIN

    def must_apply(self, job: Job, now: float) -> bool:
        """Returns whether this approval makes another one for the job unnecessary now."""
        return (
            self._covers(job) and self.confirmed_at + WORKSPACE_READ_WITHIN < now < self.removal_requested_at
        )

    @property
    def was_refused(self) -> bool:
        """Returns whether the API rejected this approval."""
        return self.ended_at < inf and self.confirmed_at == inf

    def replaces(self, other: GivenApproval) -> bool:
        """Returns whether both are approvals by the same person of the same capability in the same scope. The
        last one is valid.
        """
        return (self.by, self.capability, _scope(self.approved_job)) == (
            other.by,
            other.capability,
            _scope(other.approved_job),
        )

    def _covers(self, job: Job) -> bool:
        profile, repository, paths = _scope(self.approved_job)
        in_scope = _scope(job)[:2] == (profile, repository) and paths in ((), job.paths)
        trusted = job.source.role != "guest" and self.by not in job.requesters
        return in_scope and trusted and job.change.at < self.until


def applicable_capabilities(approvals: Iterable[GivenApproval], job: Job, now: float) -> frozenset[str]:
    """Returns the capabilities that the job may have without another approval."""
    return frozenset(approval.capability for approval in approvals if approval.may_apply(job, now))


def starts_running(old: Job | None, new: Job) -> bool:
    """Returns whether the guard rails have just allowed this attempt."""
    return new.status is JobStatus.RUNNING and (old is None or old.status is not JobStatus.RUNNING)


def standing_approvals_are_applied(
    approvals: list[GivenApproval], old: Job | None, new: Job, now: float
) -> Iterator[str]:
    """6. A job does not wait for an approval that stands already."""
    if new.waiting is not Waiting.APPROVAL or new.guard is None or (old and old.waiting is new.waiting):
        return
    valid = [approval for approval in approvals if not approval.was_refused]
    latest = (
        approval
        for index, approval in enumerate(valid)
        if not any(map(approval.replaces, valid[index + 1 :]))
    )
    standing = {approval.capability for approval in latest if approval.must_apply(new, now)}
    if standing.issuperset(new.guard.refused):
        yield f"it waits for an approval of {new.guard.refused}, which stands"


def _scope(job: Job) -> tuple[str, str, tuple[str, ...]]:
    return job.profile, (job.repository or "").lower(), job.paths
