"""Gates: their rule, their reporter, and the latest report. Pure."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator

from mosaic.base import Timestamp, Value
from mosaic.jobs.actors import Forge as Forge
from mosaic.jobs.actors import in_actors, same_login
from mosaic.jobs.check_versions import CheckVersion
from mosaic.jobs.limits import MAX_BRIEF_DETAILS_BYTES
from mosaic.jobs.states import GateStatus
from mosaic.jobs.text import cut

CheckKind = Literal["status", "check_run"]

PASSING = frozenset({GateStatus.PASSED, GateStatus.FORCED})


ReporterKind = Literal["token", "oidc", "status", "check_run", "mosaic"]


class Reporter(Value):
    """The source of a gate's reports: API tokens, a CI's own OIDC tokens, one check of a forge, or Mosaic itself."""

    kind: ReporterKind = "token"
    """`token` for API tokens; `oidc` for a CI's own OIDC tokens; `status` or `check_run` for a check of a forge;
    `mosaic` for Mosaic, which reads the files that pushes change
    """
    provider: Forge | None = None
    """The forge of the check"""
    context: str | None = None
    """The exact context of the status, or the exact name of the check run"""
    by: tuple[str, ...] = ()
    """The only logins (status), apps (check run) or workflow files (oidc) that may report; none if empty"""
    paths: tuple[str, ...] = ()
    """With `mosaic`: the files that no push to the job's branch may change; a folder ends with `/**`"""

    def __str__(self) -> str:
        """The reporter as a short text."""
        names = {"token": "an API token", "oidc": "the CI's OIDC token", "mosaic": "Mosaic"}
        return names.get(self.kind) or f"the {self.provider} {self.kind} {self.context}"

    def accepts(self, other: Reporter) -> bool:
        """True if the reports of `other` count for the gate. A gate of API tokens also accepts OIDC tokens.

        A login in `by` can have the id of its account, as `ci-bot#7`: then it means this account only.
        """
        if self.kind == "token":
            return other.kind in ("token", "oidc")
        if (other.kind, other.provider, other.context) != (self.kind, self.provider, self.context):
            return False
        if self.kind == "oidc":
            return not set(self.by).isdisjoint(other.by)
        if self.kind == "status":
            accounts = self.accounts
            return any(in_actors(account, accounts) for account in other.accounts)
        return self.kind == "mosaic" or any(same_login(app, name) for app in other.by for name in self.by)

    @property
    def accounts(self) -> tuple[str, ...]:
        """The logins of a status's `by` as actors of its forge."""
        return tuple(f"{self.provider}:{login}" for login in self.by)


class Threshold(Value):
    """Limits for one number of a gate's report."""

    number: str
    """The name of the number in the report"""
    at_least: float | None = None
    """The smallest value that passes"""
    at_most: float | None = None
    """The largest value that passes"""

    def violation(self, value: float) -> str | None:
        """Returns the limit that `value` violates, as text; None if it passes."""
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
    "forge_version",
)
"""The fields of a gate that a report sets. The others are the gate's rule and its deadline."""


class Gate(Value):
    """A check that a job must pass before it can complete.

    The rule is copied when the attempt begins: a later change of the workspace's rules does not change the
    attempt.
    """

    id: str
    """The gate's name"""
    status: GateStatus = GateStatus.PENDING
    """The status by the latest report"""
    mandatory: bool = True
    """True if the job cannot complete unless the gate passes"""
    reporter: Reporter = Reporter()
    """The source of its reports"""
    passes_when: tuple[Threshold, ...] = ()
    """The thresholds for the reported numbers"""
    timeout_seconds: int | None = None
    """The time for the report after the run ended or a newer commit was pushed, in seconds"""
    expires_at: Timestamp | None = None
    """The deadline for the report, while the gate is open"""
    reported_by: str | None = None
    """The actor that reported last"""
    commit_sha: str | None = None
    """The commit that was reported on"""
    url: str | None = None
    """A link to the report"""
    details: str | None = None
    """The reason for the status, and the reporter's own text"""
    numbers: dict[str, float] = Field(default_factory=dict)
    """The reported numbers"""
    reason: str | None = None
    """The admin's reason for overriding the gate"""
    forge_version: CheckVersion | None = None
    """The state of the forge's check in the latest report; null for a report by token"""

    @field_validator("reporter", mode="before")
    @classmethod
    def _from_role(cls, value: Any) -> Any:
        """Accepts a role name, which older stored jobs hold in place of a reporter."""
        return Reporter() if isinstance(value, str) else value

    def without_report(self) -> Gate:
        """Returns the gate as it was before any report."""
        return Gate(
            id=self.id,
            mandatory=self.mandatory,
            reporter=self.reporter,
            passes_when=self.passes_when,
            timeout_seconds=self.timeout_seconds,
        )

    def brief(self) -> Gate:
        """Returns the gate for lists: details are cut to MAX_BRIEF_DETAILS_BYTES and marked."""
        details = cut(self.details, MAX_BRIEF_DETAILS_BYTES) if self.details else None
        return self.model_copy(update={"details": details})

    @property
    def is_open(self) -> bool:
        """True if a report can still arrive: the status is PENDING or ERROR."""
        return self.status in (GateStatus.PENDING, GateStatus.ERROR)


class Override(Value):
    """An admin's override of a gate. It is kept when the gate, the commit or the attempt changes."""

    gate: str
    """The name of the gate"""
    attempt: int
    """The number of the attempt"""
    commit_sha: str | None = None
    """The commit that the job was validated against; null if unknown"""
    actor: str
    """The admin that overrode the gate"""
    reason: str
    """The admin's reason"""
    at: Timestamp
    """The time of the override"""


class Superseded(Value):
    """A commit that a newer one replaced. `by` is the commit that the forge reported as pushed on top of it."""

    attempt: int
    sha: str
    by: str | None = None


class PushRecord(Value):
    """A push to the job's branch, with those of its files that a gate protects.

    `before` is all zeros for a new branch. `unknown` says why the files are unknown.
    """

    before: str
    after: str
    files: tuple[str, ...] = ()
    unknown: str | None = None


def plain(number: float) -> str:
    """Returns the number as exact text, without a fraction if it is whole."""
    return repr(number).removesuffix(".0")
