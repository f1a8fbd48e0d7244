"""Evaluation of a gate report: its numbers against the gate's thresholds. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field

from mosaic.base import Timestamp, Value
from mosaic.jobs.check_versions import CheckVersion
from mosaic.jobs.gates import Gate, Reporter
from mosaic.jobs.limits import MAX_DETAILS_BYTES, MAX_NUMBERS
from mosaic.jobs.states import GateStatus
from mosaic.jobs.text import cut
from mosaic.redaction import RedactedText

ReportedStatus = Literal[GateStatus.PENDING, GateStatus.PASSED, GateStatus.FAILED, GateStatus.ERROR]
"""The statuses that can be reported: all but FORCED."""


class GateReport(Value):
    """A report on one gate for one commit.

    `attempt` is set if the reporter names one. `replaces` names the commit that `commit_sha` replaces for
    validation. `reporter` is the kind of token that reported it.
    """

    gate_id: str
    status: ReportedStatus
    commit_sha: str
    url: str | None = None
    details: RedactedText | None = None
    numbers: dict[str, float] = Field(default_factory=dict)
    attempt: int | None = None
    replaces: str | None = None
    reporter: Reporter = Reporter()


class CheckReport(Value):
    """A forge's report of one check on one commit. `version` orders the reports of a check."""

    check: Reporter
    status: ReportedStatus
    commit_sha: str
    version: CheckVersion
    at: Timestamp | None = None
    url: str | None = None
    details: str | None = None
    numbers: dict[str, float] = Field(default_factory=dict)

    def of(self, gate: Gate) -> GateReport:
        """Returns the report for this gate, with only those numbers that the gate has thresholds for."""
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
        """True unless the report is known to be from `moment` or later."""
        return self.at is None or moment is None or self.at < moment


def reported(gate: Gate, report: GateReport, actor: str, version: CheckVersion | None = None) -> Gate:
    """Returns the gate after the report. It is PASSED only if the report passes and every threshold is met.

    A number outside its limits makes the gate FAILED, a missing number makes it ERROR. An override on the
    same commit stays.
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
            "forge_version": version.after(gate.forge_version) if version else None,
        }
    )


def forced(gate: Gate, reason: str, commit_sha: str | None, actor: str) -> Gate:
    """Returns the gate overridden by an admin. The details of the last report stay."""
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
    """Returns at most MAX_NUMBERS reported numbers, those with thresholds first."""
    expected = {threshold.number for threshold in gate.passes_when}
    first = sorted(numbers, key=lambda name: name not in expected)
    return {name: numbers[name] for name in first[:MAX_NUMBERS]}


def _violations(gate: Gate, numbers: Mapping[str, float]) -> tuple[list[str], list[str]]:
    """Returns the thresholds that are not met, and the numbers that are missing."""
    broken, missing = [], []
    for threshold in gate.passes_when:
        value = numbers.get(threshold.number)
        if value is None:
            missing.append(f"the report has no number {threshold.number}")
        elif violation := threshold.violation(value):
            broken.append(violation)
    return broken, missing
