"""A query for jobs of a workspace. Pure."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from datetime import datetime

from mosaic.jobs.actors import split_id
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus

MAX_STATUS_KEYS = 60
"""The most pairs of a status and a job type that a list reads; each is a query of its own."""

CASELESS = ("repository", "actor")
"""The filters that ignore case, as forges do for repositories and people."""


@dataclass(frozen=True, kw_only=True)
class JobFilters:
    """Filters that a job must all match. An empty filter matches every job.

    `repository` and `actor` ignore case; `issue` is a number and needs `repository`. `since` (inclusive) and
    `until` (exclusive) bound the creation time. `updated_since` (inclusive) bounds the time of the latest
    change.
    """

    status: frozenset[JobStatus] = frozenset()
    type: str | None = None
    agent_task_id: str | None = None
    repository: str | None = None
    issue: int | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    updated_since: datetime | None = None


@dataclass(frozen=True)
class JobQuery(JobFilters):
    """Filters for the jobs of one workspace.

    `types` are all job types of the workspace; they are needed if `status` is given without `type`. `as_of`
    promises that no change is newer, which saves reads for `updated_since`.
    """

    workspace_id: str
    types: tuple[str, ...]
    _: KW_ONLY
    as_of: datetime | None = None

    @property
    def has_keys(self) -> bool:
        """True if an index holds the matching jobs under their own keys."""
        others = (self.type, self.agent_task_id, self.repository, self.issue, self.actor)
        return bool(self.status) or any(value is not None for value in others)

    @property
    def is_narrow(self) -> bool:
        """True if a filter other than status and type has an index of its own."""
        others = (self.agent_task_id, self.repository, self.issue, self.actor)
        return any(value is not None for value in others)

    @property
    def status_keys(self) -> tuple[tuple[JobStatus, str], ...]:
        """The pairs of a status and a job type that the matching jobs have, empty without such a filter."""
        if not self.status and self.type is None:
            return ()
        types = self.types if self.type is None else (self.type,)
        return tuple((status, type) for status in sorted(self.status or JobStatus) for type in types)

    @property
    def reads_too_many_keys(self) -> bool:
        """True if the list needs more queries than MAX_STATUS_KEYS, because no other filter is narrow."""
        return not self.is_narrow and len(self.status_keys) > MAX_STATUS_KEYS

    def matches(self, job: Job) -> bool:
        """True if the job matches every filter."""
        return (
            (not self.status or job.status in self.status)
            and self.type in (None, job.type)
            and self.agent_task_id in (None, job.agent_task_id)
            and self.issue in (None, job.issue_number)
            and _is_same(self.repository, job.repository)
            and (self.actor is None or _is_requester(self.actor, job.source.actor))
            and self._is_in_time(job)
        )

    def _is_in_time(self, job: Job) -> bool:
        return (
            (self.since is None or job.created_at >= self.since)
            and (self.until is None or job.created_at < self.until)
            and (self.updated_since is None or job.updated_at >= self.updated_since)
        )


def _is_requester(filter_value: str, actor: str) -> bool:
    """True if the names are equal, ignoring case, and the ids too if the filter has one."""
    (wanted_name, wanted_id), (name, account_id) = split_id(filter_value), split_id(actor)
    return wanted_name.lower() == name.lower() and wanted_id in (None, account_id)


def _is_same(filter_value: str | None, value: str | None) -> bool:
    return filter_value is None or filter_value.lower() == (value or "").lower()
