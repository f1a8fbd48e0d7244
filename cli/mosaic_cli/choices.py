"""The API's enumerations that options accept. A test compares them with the service."""

from __future__ import annotations

from enum import StrEnum


class JobStatus(StrEnum):
    """The status of a job."""

    PENDING = "PENDING"
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class Role(StrEnum):
    """The role of an API token."""

    VIEWER = "viewer"
    MEMBER = "member"
    ADMIN = "admin"
    REPORTER = "reporter"


class GateReport(StrEnum):
    """The status that a gate report sets."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"
    FORCED = "forced"


class CiJobStatus(StrEnum):
    """The status of a CI job in GitHub or Gitea Actions."""

    SUCCESS = "success"
    FAILURE = "failure"
    CANCELLED = "cancelled"

    @property
    def report(self) -> GateReport:
        """The gate report for the status. A cancelled CI job has no result, so it is an ERROR."""
        return {"success": GateReport.PASSED, "failure": GateReport.FAILED}.get(self.value, GateReport.ERROR)
