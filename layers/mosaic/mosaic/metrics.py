"""Metrics: their names and units, as dashboard and alarms use them. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

NAMESPACE = "Mosaic"


class Unit(StrEnum):
    """CloudWatch's names of units."""

    COUNT = "Count"
    MILLISECONDS = "Milliseconds"
    NONE = "None"


class Metric(StrEnum):
    """All metrics. The dimension `service` names the function.

    A redelivered batch of the stream is counted again.
    """

    # By the recorder, for each version of a job.
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
    """The time from queued, or from the end of a backoff, to started"""
    DISPATCH_LATENCY = "DispatchLatency"
    """The time from started to accepted by the gateway"""
    RUN_DURATION = "RunDuration"
    """The duration of the agent's run"""
    TOKENS_INPUT = "TokensInput"
    TOKENS_OUTPUT = "TokensOutput"
    COST = "Cost"
    """The cost of the ended runs, in whole units; the dimension `currency` is added"""

    # By the stitcher.
    CIRCUIT_OPEN = "CircuitOpen"
    """1 when the gateway's circuit opens and at each failed probe, 0 when the gateway answers"""

    # By the API's functions, for each refused request. The dimension `reason` is added in a second line.
    REQUESTS_UNAUTHENTICATED = "RequestsUnauthenticated"
    REQUESTS_FORBIDDEN = "RequestsForbidden"
    ADMIN_TOKENS_ISSUED = "AdminTokensIssued"

    # By the webhook function, for each delivery or callback that is not authentic; with `reason` as above.
    SIGNATURES_REFUSED = "SignaturesRefused"

    # By the sweeper, at every sweep.
    JOBS_OVERDUE = "JobsOverdue"
    """Jobs that have been due for longer than a few sweeps"""


UNITS: dict[Metric, Unit] = {
    Metric.QUEUE_LATENCY: Unit.MILLISECONDS,
    Metric.DISPATCH_LATENCY: Unit.MILLISECONDS,
    Metric.RUN_DURATION: Unit.MILLISECONDS,
    Metric.COST: Unit.NONE,
}


@dataclass(frozen=True)
class Measurement:
    """One value of a metric. `currency` is set for a cost, `reason` for a refusal."""

    metric: Metric
    value: float = 1
    currency: str | None = None
    reason: str | None = None

    @property
    def dimensions(self) -> tuple[tuple[str, str], ...]:
        """The names and values of the dimensions, without the function's."""
        values = (("currency", self.currency), ("reason", self.reason))
        return tuple((name, value) for name, value in values if value is not None)

    @property
    def unit(self) -> Unit:
        """The unit of the value."""
        return UNITS.get(self.metric, Unit.COUNT)


Meter = Callable[[Measurement], None]
"""Records a measurement. Never raises."""
