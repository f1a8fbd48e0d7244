"""Response bodies with numbers of jobs."""

from __future__ import annotations

from pydantic import ConfigDict

from mosaic.base import Value
from mosaic.jobs.counts import JobCounts
from mosaic.jobs.states import JobStatus


class CountsByStatus(Value):
    """The number of jobs in each status."""

    # Code and contract use the same names of statuses.
    model_config = ConfigDict(alias_generator=None)

    PENDING: int
    """Delayed, or waiting for an approval or a slot"""
    QUEUED: int
    """Waiting for the stitcher, or for the gateway"""
    RUNNING: int
    """Running, or waiting for gate reports"""
    COMPLETED: int
    """Completed: every mandatory gate passed or was overridden"""
    FAILED: int
    """Failed"""
    CANCELLED: int
    """Cancelled"""


class CountsByWho(Value):
    """The number of jobs by next actor."""

    admin: int
    """An admin has to approve or deny"""
    reporter: int
    """Gate reports are missing"""
    agent: int
    """The agent is working"""
    mosaic: int
    """The job waits for a time, a slot, the gateway or the stitcher"""
    member: int
    """The job failed; correct the cause and retry it"""
    nobody: int
    """The job is completed or cancelled"""


class JobCountsView(Value):
    """Numbers of jobs in the workspace. Counting stops at 1,000; `capped` names the numbers that are not
    exact.
    """

    by_status: CountsByStatus
    """The number of jobs by status"""
    by_who: CountsByWho
    """The number of jobs by next actor"""
    capped: tuple[str, ...]
    """Statuses and actors with more than 1,000 jobs, whose numbers are not exact"""

    @classmethod
    def of(cls, counts: JobCounts) -> JobCountsView:
        """Returns the counts as a response body."""
        by_status = CountsByStatus(**{status.value: counts.by_status[status] for status in JobStatus})
        return cls(by_status=by_status, by_who=CountsByWho(**counts.by_who), capped=counts.capped)
