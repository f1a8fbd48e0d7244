"""What a report comes to: the numbers against the gate's thresholds, and the gate as it then is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field

from mosaic.base import Timestamp, Value
from mosaic.jobs.gates import Gate, Reporter
from mosaic.jobs.limits import MAX_DETAILS_BYTES, MAX_NUMBERS
from mosaic.jobs.states import GateStatus
from mosaic.jobs.text import cut

ReportedStatus = Literal[GateStatus.PENDING, GateStatus.PASSED, GateStatus.FAILED, GateStatus.ERROR]
"""What can be reported of a gate: everything but that it was forced."""


class GateReport(Value):
    """One report on one gate: what it found, on which commit.

    `attempt` is there when the reporter says which one it means; `replaces` when it says that `commit_sha` takes the
    place of the commit that the job is judged by.
    """

    gate_id: str
    status: ReportedStatus
    commit_sha: str
    url: str | None = None
    details: str | None = None
    numbers: dict[str, float] = Field(default_factory=dict)
    attempt: int | None = None
    replaces: str | None = None


class CheckReport(Value):
    """What a forge says of one check on one commit: the check and who ran it, its place in the forge's own order, and
    when.
    """

    check: Reporter
    status: ReportedStatus
    commit_sha: str
    order: str
    at: Timestamp | None = None
    url: str | None = None
    details: str | None = None
    numbers: dict[str, float] = Field(default_factory=dict)

    def of(self, gate: Gate) -> GateReport:
        """What it says of this gate: of all numbers that a text may hold, those that the gate asks for."""
        expected = {threshold.number for threshold in gate.passes_when}
        return GateReport(
            gate_id=gate.id,
            status=self.status,
            commit_sha=self.commit_sha,
            url=self.url,
            details=self.details,
            numbers={name: number for name, number in self.numbers.items() if name in expected},
        )

    def is_before(self, moment: datetime | None) -> bool:
        """Whether it cannot be shown to have been said after this moment."""
        return self.at is None or moment is None or self.at < moment


def reported(gate: Gate, report: GateReport, actor: str, order: str | None = None) -> Gate:
    """The gate after the report: PASSED only when every threshold has its number and holds.

    A number outside its limits makes it FAILED, a number that is missing ERROR: that could not be judged. A gate that
    an admin has forced on this commit stays as it is.
    """
    if gate.status is GateStatus.FORCED and gate.commit_sha == report.commit_sha:
        return gate
    status, why = _evaluate(gate, report)
    details = "; ".join(text for text in (why, report.details) if text)
    return gate.model_copy(
        update={
            "status": status,
            "reported_by": actor,
            "commit_sha": report.commit_sha,
            "url": report.url,
            "details": cut(details, MAX_DETAILS_BYTES) if details else None,
            "numbers": _bounded_numbers(gate, report.numbers),
            "reason": None,
            "forge_order": order,
        }
    )


def forced(gate: Gate, reason: str, commit_sha: str | None, actor: str) -> Gate:
    """The gate let pass by an admin; what was reported before stays to be seen."""
    return gate.model_copy(
        update={
            "status": GateStatus.FORCED,
            "reported_by": actor,
            "commit_sha": commit_sha,
            "reason": reason,
            "expires_at": None,
        }
    )


def _evaluate(gate: Gate, report: GateReport) -> tuple[GateStatus, str]:
    if report.status is not GateStatus.PASSED:
        return report.status, ""
    broken, missing = _violations(gate, report.numbers)
    if broken:
        return GateStatus.FAILED, "; ".join((*broken, *missing))
    return (GateStatus.ERROR if missing else GateStatus.PASSED), "; ".join(missing)


def _bounded_numbers(gate: Gate, numbers: Mapping[str, float]) -> dict[str, float]:
    """Those that the gate asks for, and as many others as a job can hold."""
    expected = {threshold.number for threshold in gate.passes_when}
    first = sorted(numbers, key=lambda name: name not in expected)
    return {name: numbers[name] for name in first[:MAX_NUMBERS]}


def _violations(gate: Gate, numbers: Mapping[str, float]) -> tuple[list[str], list[str]]:
    """What of the thresholds does not hold, and which numbers are not there."""
    broken, missing = [], []
    for threshold in gate.passes_when:
        value = numbers.get(threshold.number)
        if value is None:
            missing.append(f"the report lacks the number {threshold.number}")
        elif violation := threshold.violation(value):
            broken.append(violation)
    return broken, missing
