"""The API's words that options offer. A test holds them to the service's own."""

from __future__ import annotations

from enum import StrEnum


class JobStatus(StrEnum):
    """Where a job stands."""

    PENDING = "PENDING"
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class Role(StrEnum):
    """What the holder of a token may be."""

    VIEWER = "viewer"
    MEMBER = "member"
    ADMIN = "admin"
    REPORTER = "reporter"


class GateReport(StrEnum):
    """What can be said of a gate."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"
    FORCED = "forced"


class JobResult(StrEnum):
    """How a job of GitHub's or Gitea's Actions ended."""

    SUCCESS = "success"
    FAILURE = "failure"
    CANCELLED = "cancelled"

    @property
    def report(self) -> GateReport:
        """The report that it stands for: a job that was cancelled has judged nothing."""
        return {"success": GateReport.PASSED, "failure": GateReport.FAILED}.get(self.value, GateReport.ERROR)
