"""A workspace with callers in every role."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from mosaic.access.model import Role
from mosaic.storage.access import AccessStore
from tests.e2e.support.http_client import Caller, Json, wait_until

GATES = ("build", "lint", "typecheck", "test", "coverage")
COMMIT = "0123456789abcdef0123456789abcdef01234567"
OTHER_COMMIT = "fedcba9876543210fedcba9876543210fedcba98"

FINAL_EVENTS = {"COMPLETED": "job.completed", "FAILED": "job.failed", "CANCELLED": "job.cancelled"}
"""The event of each final status."""


@dataclass(frozen=True)
class Tenant:
    """A workspace, a repository of it, and a caller in every role.

    `new_caller` creates a token of the workspace in a role.
    """

    id: str
    repository: str
    new_caller: Callable[[Role], Caller]

    @cached_property
    def admin(self) -> Caller:
        return self.new_caller(Role.ADMIN)

    @cached_property
    def second_admin(self) -> Caller:
        return self.new_caller(Role.ADMIN)

    @cached_property
    def member(self) -> Caller:
        return self.new_caller(Role.MEMBER)

    @cached_property
    def viewer(self) -> Caller:
        return self.new_caller(Role.VIEWER)

    @cached_property
    def reporter(self) -> Caller:
        return self.new_caller(Role.REPORTER)

    def create(self, **fields: object) -> Json:
        """Creates a job, of type `git-status` by default."""
        body = {"type": "git-status", "instructions": "Say what has changed.", **fields}
        return self.member.post("/runner-jobs", body).ok(202)

    def create_delayed(self, **fields: object) -> Json:
        """Creates a job that starts tomorrow, so that it does not change by itself."""
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        return self.create(runAt=tomorrow.isoformat(), **fields)

    def job(self, job_id: str) -> Json:
        """Returns the job with its current steps and events."""
        return self.viewer.get(f"/runner-jobs/{job_id}").ok()

    def newest_job_ids(self) -> list[str]:
        """Returns the ids of the newest jobs."""
        return [job["id"] for job in self.viewer.get("/runner-jobs").ok()["items"]]

    def wait_for(self, job_id: str, status: str, phase: str | None = None) -> Json:
        """Waits until the job has this status and phase, and returns it. Fails at once if it has ended
        otherwise.
        """

        def there() -> Json | None:
            job = self.job(job_id)
            if job["status"] == status and phase in (None, job["phase"]):
                return job
            assert job["status"] not in FINAL_EVENTS, f"waited for {status}, but the job ended: {_brief(job)}"
            return None

        return wait_until(there, f"job {job_id} is {status} {phase or ''}".rstrip())

    def job_in_validation(self) -> str:
        """Creates a job, waits until its five gates can be reported, and returns its id."""
        job_id: str = self.create(type="code-task", repository=self.repository)["id"]
        self.wait_for(job_id, "RUNNING", "VALIDATION")
        return job_id

    def report_gate(self, job_id: str, gate: str, status: str = "passed", commit: str = COMMIT) -> Json:
        """Reports a gate as the CI, and returns the job."""
        body = {"status": status, "commitSha": commit}
        return self.reporter.put(f"/runner-jobs/{job_id}/gates/{gate}", body).ok()

    def recorded_events(self, job_id: str) -> list[Json]:
        """Waits until the job's latest version is recorded, and returns all its events."""

        def recorded() -> list[Json] | None:
            job = self.job(job_id)
            events: list[Json] = job["events"]
            return events if events and _is_recorded(job) else None

        return wait_until(recorded, f"the latest version of job {job_id} is recorded")

    def event_types(self, job_id: str) -> list[str]:
        """Returns the types of all events of the job, in order."""
        return [event["type"] for event in self.recorded_events(job_id)]


OpenAccessStore = Callable[[], AbstractContextManager[AccessStore]]
"""Opens the table of workspaces and tokens."""

NewTenant = Callable[..., Tenant]
"""Creates a workspace with these settings."""


def _is_recorded(job: Json) -> bool:
    """Returns True if the events reach the job's version, and its attempt's end if that has ended."""
    types = [event["type"] for event in job["events"]]
    attempt = types[len(types) - types[::-1].index("job.retried") :] if "job.retried" in types else types
    closed = FINAL_EVENTS.get(job["status"], attempt[-1]) in attempt
    return bool(closed and job["events"][-1]["version"] == job["version"])


def _brief(job: Json) -> Json:
    return {name: job[name] for name in ("id", "status", "phase", "error", "gates")}
