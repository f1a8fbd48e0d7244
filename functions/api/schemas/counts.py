"""What clients get that count jobs: the HTTP contract in types."""

from __future__ import annotations

from pydantic import ConfigDict

from mosaic.base import Value
from mosaic.jobs.counts import JobCounts
from mosaic.jobs.states import JobStatus


class CountsByStatus(Value):
    """How many jobs stand in each status."""

    # Statuses are spelt alike in code and contract.
    model_config = ConfigDict(alias_generator=None)

    PENDING: int
    """Delayed, or waiting for an approval or a slot"""
    QUEUED: int
    """Waiting for the stitcher, or for the gateway"""
    RUNNING: int
    """With the agent, or waiting for reports of gates"""
    COMPLETED: int
    """Done, every mandatory gate passed or forced"""
    FAILED: int
    """Failed"""
    CANCELLED: int
    """Cancelled"""


class CountsByWho(Value):
    """How many jobs wait for whom."""

    admin: int
    """An admin has to answer an approval"""
    reporter: int
    """Reports of gates are missing"""
    agent: int
    """The agent is at work"""
    mosaic: int
    """They wait for a time, a slot, the gateway or the stitcher"""
    member: int
    """They failed: mend what failed, and retry them"""
    nobody: int
    """They are over"""


class JobCountsView(Value):
    """How many jobs the workspace has; a number stops at 1,000, and `capped` names those that are not exact."""

    by_status: CountsByStatus
    """By status"""
    by_who: CountsByWho
    """By who has to act next"""
    capped: tuple[str, ...]
    """Statuses and actors whose number is not exact, since counting stops at 1,000"""

    @classmethod
    def of(cls, counts: JobCounts) -> JobCountsView:
        """The counts as clients see them."""
        by_status = CountsByStatus(**{status.value: counts.by_status[status] for status in JobStatus})
        return cls(by_status=by_status, by_who=CountsByWho(**counts.by_who), capped=counts.capped)
