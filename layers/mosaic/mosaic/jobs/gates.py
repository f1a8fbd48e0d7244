"""Gates: what must be proven, who reports it, what lets it pass, and how it stands. Pure."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator

from mosaic.base import Timestamp, Value
from mosaic.jobs.limits import MAX_BRIEF_DETAILS_BYTES
from mosaic.jobs.states import GateStatus
from mosaic.jobs.text import cut

Forge = Literal["github", "gitea"]
CheckKind = Literal["status", "check_run"]

PASSING = frozenset({GateStatus.PASSED, GateStatus.FORCED})


class Reporter(Value):
    """Where the reports on a gate come from: API tokens that may report it, or one check of a forge."""

    kind: Literal["token", "status", "check_run"] = "token"
    """`token` for API tokens; `status` and `check_run` for a check of a forge"""
    provider: Forge | None = None
    """The forge"""
    context: str | None = None
    """The status's context, or the check run's name, exactly"""
    by: tuple[str, ...] = ()
    """The only logins (of a status) or apps (of a check run) whose word counts; everybody's if there are none"""

    def __str__(self) -> str:
        """The reporter in a few words, for people."""
        return "an API token" if self.kind == "token" else f"the {self.provider} {self.kind} {self.context}"

    def accepts(self, check: Reporter) -> bool:
        """Whether `check`, by the one who ran it, is what reports the gate."""
        source = (check.kind, check.provider, check.context)
        known = {name.lower() for name in self.by}
        return source == (self.kind, self.provider, self.context) and (
            not known or any(name.lower() in known for name in check.by)
        )


class Threshold(Value):
    """Limits on a number that the gate's report has to hold."""

    number: str
    """The number's name in the report"""
    at_least: float | None = None
    """The smallest that passes"""
    at_most: float | None = None
    """The largest that passes"""

    def violation(self, value: float) -> str | None:
        """Why this value does not pass, naming number and limit; None when it does."""
        if self.at_least is not None and not value >= self.at_least:
            return f"{self.number} is {plain(value)}, should be at least {plain(self.at_least)}"
        if self.at_most is not None and not value <= self.at_most:
            return f"{self.number} is {plain(value)}, should be at most {plain(self.at_most)}"
        return None


REPORT_FIELDS = (
    "status",
    "reported_by",
    "commit_sha",
    "url",
    "details",
    "numbers",
    "reason",
    "forge_order",
)
"""What of a gate was reported; the rest is its rule, and its time."""


class Gate(Value):
    """One thing that must be proven before the job may call itself done, as the rule that asks for it had it when the
    attempt was decided; a later change of the rules changes no attempt.
    """

    id: str
    """The gate's name"""
    status: GateStatus = GateStatus.PENDING
    """What was reported last"""
    mandatory: bool = True
    """Whether the job cannot complete without it"""
    reporter: Reporter = Reporter()
    """Where its reports come from"""
    passes_when: tuple[Threshold, ...] = ()
    """What the reported numbers have to be"""
    timeout_seconds: int | None = None
    """How long its report may take once the run has ended, or a newer commit was made"""
    expires_at: Timestamp | None = None
    """When it is given up, while it is waited for"""
    reported_by: str | None = None
    """Who reported last"""
    commit_sha: str | None = None
    """The commit that the report is about"""
    url: str | None = None
    """Where the report can be looked at"""
    details: str | None = None
    """Why it was judged so, and what the reporter adds"""
    numbers: dict[str, float] = Field(default_factory=dict)
    """The numbers that were reported"""
    reason: str | None = None
    """Why an admin forced it"""
    forge_order: str | None = None
    """The place of the last report in the forge's own order, if it came from a forge"""

    @field_validator("reporter", mode="before")
    @classmethod
    def _from_role(cls, value: Any) -> Any:
        """Stored jobs may have the role that reported every gate before rules named reporters."""
        return Reporter() if isinstance(value, str) else value

    def without_report(self) -> Gate:
        """The gate as if nothing had been said of it."""
        return Gate(
            id=self.id,
            mandatory=self.mandatory,
            reporter=self.reporter,
            passes_when=self.passes_when,
            timeout_seconds=self.timeout_seconds,
        )

    def brief(self) -> Gate:
        """The gate as lists show it: what the reporter adds is cut to MAX_BRIEF_DETAILS_BYTES and marked."""
        details = cut(self.details, MAX_BRIEF_DETAILS_BYTES) if self.details else None
        return self.model_copy(update={"details": details})

    @property
    def is_open(self) -> bool:
        """Whether a report can still be waited for: nothing said yet, or it could not be judged."""
        return self.status in (GateStatus.PENDING, GateStatus.ERROR)


class Override(Value):
    """That an admin forced a gate: kept whatever becomes of the gate, the commit or the attempt."""

    gate: str
    """The gate"""
    attempt: int
    """The attempt that it was in"""
    commit_sha: str | None = None
    """The commit that the job was judged by, if one was known"""
    actor: str
    """Who forced it"""
    reason: str
    """Why, in their words"""
    at: Timestamp
    """When"""


class Superseded(Value):
    """A commit that the job was judged by, or was on its branch, before another one.

    `by` is the one that the forge says was pushed upon it.
    """

    attempt: int
    sha: str
    by: str | None = None


def plain(number: float) -> str:
    """The number as people write it: exact, and without a fraction where there is none."""
    return repr(number).removesuffix(".0")
