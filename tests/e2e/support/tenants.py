"""A workspace as its people use it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from mosaic.access.model import Role
from mosaic.storage.access import AccessStore
from tests.e2e.support.http_client import Caller, Json, eventually

GATES = ("build", "lint", "typecheck", "test", "coverage")
COMMIT = "0123456789abcdef0123456789abcdef01234567"
OTHER_COMMIT = "fedcba9876543210fedcba9876543210fedcba98"

CLOSING = {"COMPLETED": "job.completed", "FAILED": "job.failed", "CANCELLED": "job.cancelled"}
"""The event that each end of a job is told by."""


@dataclass(frozen=True)
class Tenant:
    """A workspace, a repository that it answers for, and a caller in every role.

    `hire` makes a token of the workspace in a role.
    """

    id: str
    repository: str
    hire: Callable[[Role], Caller]

    @cached_property
    def admin(self) -> Caller:
        return self.hire(Role.ADMIN)

    @cached_property
    def second_admin(self) -> Caller:
        return self.hire(Role.ADMIN)

    @cached_property
    def member(self) -> Caller:
        return self.hire(Role.MEMBER)

    @cached_property
    def viewer(self) -> Caller:
        return self.hire(Role.VIEWER)

    @cached_property
    def reporter(self) -> Caller:
        return self.hire(Role.REPORTER)

    def create(self, **fields: object) -> Json:
        """A new job, a `git-status` unless `fields` say otherwise."""
        asked = {"type": "git-status", "instructions": "Say what has changed.", **fields}
        return self.member.post("/runner-jobs", asked).ok(202)

    def parked(self, **fields: object) -> Json:
        """A new job that is to run tomorrow, so that nothing happens to it by itself."""
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        return self.create(runAt=tomorrow.isoformat(), **fields)

    def job(self, job_id: str) -> Json:
        """The job with its steps and events as they are now."""
        return self.viewer.get(f"/runner-jobs/{job_id}").ok()

    def newest(self) -> list[str]:
        """The ids of the newest jobs."""
        return [job["id"] for job in self.viewer.get("/runner-jobs").ok()["items"]]

    def until(self, job_id: str, status: str, phase: str | None = None) -> Json:
        """The job once it has this status and phase; fails at once when it has ended in another."""

        def there() -> Json | None:
            job = self.job(job_id)
            if job["status"] == status and phase in (None, job["phase"]):
                return job
            assert job["status"] not in CLOSING, f"waited for {status}, but the job ended: {_brief(job)}"
            return None

        return eventually(there, f"job {job_id} is {status} {phase or ''}".rstrip())

    def validating(self) -> str:
        """The id of a job whose run has ended well and whose five gates wait for their reports."""
        job_id: str = self.create(type="code-task", repository=self.repository)["id"]
        self.until(job_id, "RUNNING", "VALIDATION")
        return job_id

    def report(self, job_id: str, gate: str, status: str = "passed", commit: str = COMMIT) -> Json:
        """The job after its CI has reported a gate."""
        said = {"status": status, "commitSha": commit}
        return self.reporter.put(f"/runner-jobs/{job_id}/gates/{gate}", said).ok()

    def record(self, job_id: str) -> list[Json]:
        """All events of the job, once its latest version is recorded."""

        def recorded() -> list[Json] | None:
            job = self.job(job_id)
            events: list[Json] = job["events"]
            return events if events and _is_told(job) else None

        return eventually(recorded, f"the latest version of job {job_id} is recorded")

    def types(self, job_id: str) -> list[str]:
        """The types of all events of the job, in order."""
        return [event["type"] for event in self.record(job_id)]


Connect = Callable[[], AbstractContextManager[AccessStore]]
"""Opens the table of workspaces and tokens."""

NewTenant = Callable[..., Tenant]
"""Makes a workspace with these settings."""


def _is_told(job: Json) -> bool:
    """Whether the events reach the job's version, and the end of its attempt if that has ended."""
    types = [event["type"] for event in job["events"]]
    attempt = types[len(types) - types[::-1].index("job.retried") :] if "job.retried" in types else types
    closed = CLOSING.get(job["status"], attempt[-1]) in attempt
    return bool(closed and job["events"][-1]["version"] == job["version"])


def _brief(job: Json) -> Json:
    return {name: job[name] for name in ("id", "status", "phase", "error", "gates")}
