"""What is measured, under which name and in which unit: dashboard and alarms read these names. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

NAMESPACE = "Mosaic"


class Unit(StrEnum):
    """CloudWatch's own words for what a number counts."""

    COUNT = "Count"
    MILLISECONDS = "Milliseconds"
    NONE = "None"


class Metric(StrEnum):
    """Every metric. All have the dimension `service`, which is the function's name: recorder, stitcher or
    sweeper.

    A batch of the stream that is delivered again is counted again.
    """

    # By the recorder, one for each version of a job that means it.
    JOBS_CREATED = "JobsCreated"
    JOBS_STARTED = "JobsStarted"
    JOBS_COMPLETED = "JobsCompleted"
    JOBS_FAILED = "JobsFailed"
    JOBS_CANCELLED = "JobsCancelled"
    JOBS_RETRIED = "JobsRetried"
    JOBS_DENIED = "JobsDenied"
    JOBS_HELD_BY_BUDGET = "JobsHeldByBudget"
    APPROVALS_REQUESTED = "ApprovalsRequested"
    JOBS_WAITED_FOR_SLOT = "JobsWaitedForSlot"
    DISPATCH_FAILURES = "DispatchFailures"
    GATES_PASSED = "GatesPassed"
    GATES_FAILED = "GatesFailed"
    GATES_FORCED = "GatesForced"
    QUEUE_LATENCY = "QueueLatency"
    """From queued, or from when it may be tried again, to started"""
    DISPATCH_LATENCY = "DispatchLatency"
    """From started to accepted by the gateway"""
    RUN_DURATION = "RunDuration"
    """Of the agent's run"""
    TOKENS_INPUT = "TokensInput"
    TOKENS_OUTPUT = "TokensOutput"
    COST = "Cost"
    """Of the runs that ended, in whole currency; it has the dimension `currency` too"""

    # By the stitcher.
    CIRCUIT_OPEN = "CircuitOpen"
    """1 when the gateway's circuit opens and at every probe that fails, 0 whenever the gateway answers"""

    # By the sweeper, at every sweep.
    JOBS_OVERDUE = "JobsOverdue"
    """Found due, and that for longer than a few sweeps"""


UNITS: dict[Metric, Unit] = {
    Metric.QUEUE_LATENCY: Unit.MILLISECONDS,
    Metric.DISPATCH_LATENCY: Unit.MILLISECONDS,
    Metric.RUN_DURATION: Unit.MILLISECONDS,
    Metric.COST: Unit.NONE,
}


@dataclass(frozen=True)
class Measurement:
    """One value of a metric; `currency` is what a cost is in."""

    metric: Metric
    value: float = 1
    currency: str | None = None

    @property
    def unit(self) -> Unit:
        """What the value counts."""
        return UNITS.get(self.metric, Unit.COUNT)


Meter = Callable[[Measurement], None]
"""Whoever is told what was measured; it never raises."""
