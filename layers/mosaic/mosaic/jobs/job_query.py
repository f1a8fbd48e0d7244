"""Which jobs of a workspace to list. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus

CASELESS = ("repository", "actor")
"""The filters that are compared without case, as forges compare repositories and people."""


@dataclass(frozen=True)
class JobQuery:
    """Filters that a job passes all at once; an empty filter lets every job pass.

    `types` are all types that a job of the workspace can have, needed where `status` is given without `type`.
    `repository` and `actor` are compared without case; `issue` is a number and needs `repository`. A job passes
    `since` and `until` when it was created at `since` or later and before `until`, and `updated_since` when its
    latest change is not older. `as_of` says that no change is newer, which saves reads for `updated_since`.
    """

    workspace_id: str
    types: tuple[str, ...]
    status: frozenset[JobStatus] = frozenset()
    type: str | None = None
    agent_task_id: str | None = None
    repository: str | None = None
    issue: int | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    updated_since: datetime | None = None
    as_of: datetime | None = None

    @property
    def has_keys(self) -> bool:
        """Whether an index holds the matches under keys of their own."""
        others = (self.type, self.agent_task_id, self.repository, self.issue, self.actor)
        return bool(self.status) or any(value is not None for value in others)

    def matches(self, job: Job) -> bool:
        """Whether `job` as it is now passes every filter."""
        return (
            (not self.status or job.status in self.status)
            and self.type in (None, job.type)
            and self.agent_task_id in (None, job.agent_task_id)
            and self.issue in (None, job.issue_number)
            and _is_same(self.repository, job.repository)
            and _is_same(self.actor, job.source.actor)
            and self._is_in_time(job)
        )

    def _is_in_time(self, job: Job) -> bool:
        return (
            (self.since is None or job.created_at >= self.since)
            and (self.until is None or job.created_at < self.until)
            and (self.updated_since is None or job.updated_at >= self.updated_since)
        )


def _is_same(wanted: str | None, found: str | None) -> bool:
    return wanted is None or wanted.lower() == (found or "").lower()
