"""Where jobs are kept: one item a job, every save conditional on the version before it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any, Protocol

from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from mosaic.base import rfc3339
from mosaic.events.chain import sealed
from mosaic.jobs.counts import JobCounts
from mosaic.jobs.errors import JobExists, StaleJob
from mosaic.jobs.job_query import JobQuery
from mosaic.jobs.model import Job
from mosaic.jobs.states import Waiting
from mosaic.jobs.usage import DayUsage, usage_on_day
from mosaic.storage.dynamodb import bind, is_condition_failed
from mosaic.storage.index_keys import commit_key, issue_key, waiting_key
from mosaic.storage.job_counts import JobCounter
from mosaic.storage.job_items import USAGE_BY_DAY, JobItem, attributes, due_shard
from mosaic.storage.job_lists import JOB_ONLY, JobLists

KEY_ATTRIBUTES = ["workspace_id", "job_id"]
# Versions that a store remembers: a flow saves what it has just read, and few jobs at a time.
REMEMBERED = 16


@dataclass(frozen=True)
class DueJob:
    """A job that somebody should look at, and the due time that it was found with."""

    workspace_id: str
    job_id: str
    due_at: str


class Jobs(Protocol):
    """What the flows need of a job store.

    A stored job that cannot be read raises pydantic.ValidationError where it is asked for, and is left out where others
    are asked for too.
    """

    def get(self, workspace_id: str, job_id: str) -> Job | None:
        """The job as last saved (strongly consistent), or None."""

    def add(self, job: Job) -> None:
        """Store a new job; raises JobExists when the id is taken."""

    def save(self, job: Job) -> None:
        """Store the next version; raises StaleJob unless the stored one is the version before it."""

    def newest_of_issue(self, workspace_id: str, provider: str, repository: str, number: int) -> Job | None:
        """The newest job that came from this issue, or None; a job a second old may be missed."""

    def of_commit(self, workspace_id: str, sha: str, limit: int) -> tuple[Job, ...]:
        """At most `limit` jobs that are judged by this commit, newest first; one a second old may be missed."""

    def waiting(
        self, workspace_id: str, why: Waiting, limit: int, after: str | None = None
    ) -> tuple[Job, ...]:
        """At most `limit` jobs that wait for this behind the place `after`, in the order of their places; fewer
        only at the end. One that has waited for less than a second may be missed."""

    def ahead(self, workspace_id: str, why: Waiting, position: str) -> int:
        """How many jobs wait for this before the place; those of the last second may be missing."""

    def page(self, query: JobQuery, limit: int, before: str | None) -> tuple[Job, ...]:
        """At most `limit` matching jobs older than the id `before`, newest first; fewer only at the end."""

    def counts(self, workspace_id: str, types: Sequence[str], type: str | None = None) -> JobCounts:
        """How many jobs of the workspace, whose jobs can have these types, or of one type, stand where."""

    def due(self, shard: int, now: datetime, limit: int) -> tuple[DueJob, ...]:
        """At most `limit` jobs of the shard whose due time has come, the longest overdue first."""

    def postpone(self, due: DueJob, until: datetime) -> Job | None:
        """Move a job's due time without a new version: the job, or None when it was changed meanwhile.

        That of one which cannot be read is moved before that is said.
        """

    def usage_on(self, workspace_id: str, day: str) -> DayUsage:
        """What the runs of the workspace that ended on a day have used; one that ended this second may be missing.

        A day long past costs more, since every job that ran on it or later is looked at.
        """

    def defer(self, job: Job, until: datetime) -> bool:
        """This version of the job is due at `until`, and not before; False when it has changed."""

    def clear_due(self, job: Job) -> None:
        """Nothing is due for this version of an ended job any more; raises StaleJob when it has changed."""

    def exclude_from_sweep(self, workspace_id: str, job_id: str) -> None:
        """No sweep looks at the job until somebody saves it again: for a stored job that cannot be read."""


def from_image(image: Mapping[str, Any]) -> Job:
    """The job in a stream record's image; raises KeyError or pydantic.ValidationError for a foreign item."""
    return _read(image["job"]["S"])


@lru_cache(maxsize=REMEMBERED)
def _read(text: str) -> Job:
    """The job of a text. What a change of a job makes is what the next one finds, and is read once."""
    return Job.model_validate_json(text)


class JobStore:
    """Jobs in DynamoDB.

    What a version says is sealed as it is saved, which takes the version before it: it is remembered from when it
    was read or saved here, and read again otherwise.
    """

    def __init__(self, table: str) -> None:
        self._items = bind(JobItem, table)
        self._lists = JobLists(self._items)
        self._tally = JobCounter(self._items)
        self._known: OrderedDict[tuple[str, str], Job] = OrderedDict()

    def get(self, workspace_id: str, job_id: str) -> Job | None:
        """See `Jobs.get`."""
        try:
            item = self._items.get(workspace_id, job_id, consistent_read=True, attributes_to_get=JOB_ONLY)
        except self._items.DoesNotExist:
            return None
        return self._remember(Job.model_validate_json(item.job))

    def add(self, job: Job) -> None:
        """See `Jobs.add`."""
        absent = self._items.job_id.does_not_exist()
        self._put(sealed(None, job), absent, JobExists(f"job {job.id} is already stored"))

    def save(self, job: Job) -> None:
        """See `Jobs.save`."""
        refusal = StaleJob(f"job {job.id} has moved past version {job.version - 1}")
        before = self._before(job)
        if before is None:
            raise refusal
        self._put(sealed(before, job), self._items.version == before.version, refusal)

    def _put(self, job: Job, condition: Condition, refusal: Exception) -> None:
        try:
            self._items(**attributes(job)).save(condition)
        except PutError as error:
            if is_condition_failed(error):
                raise refusal from error
            raise
        self._remember(job)

    def _before(self, job: Job) -> Job | None:
        """The version before `job` as it was stored, or None when the stored one is another."""
        known = self._known.get((job.workspace_id, job.id))
        if known is None or known.version != job.version - 1:
            known = self.get(job.workspace_id, job.id)
        return known if known and known.version == job.version - 1 else None

    def _remember(self, job: Job) -> Job:
        self._known[job.workspace_id, job.id] = job
        self._known.move_to_end((job.workspace_id, job.id))
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return job

    def newest_of_issue(self, workspace_id: str, provider: str, repository: str, number: int) -> Job | None:
        """See `Jobs.newest_of_issue`."""
        key = issue_key(workspace_id, provider, repository, number)
        for item in self._items.by_issue.query(key, scan_index_forward=False, limit=1):
            return self.get(workspace_id, item.job_id)
        return None

    def of_commit(self, workspace_id: str, sha: str, limit: int) -> tuple[Job, ...]:
        """See `Jobs.of_commit`."""
        keys = self._items.by_commit.query(
            commit_key(workspace_id, sha),
            scan_index_forward=False,
            page_size=limit,
            attributes_to_get=KEY_ATTRIBUTES,
        )
        return self._matching(workspace_id, keys, limit, lambda job: job.commit_sha == sha)

    def waiting(
        self, workspace_id: str, why: Waiting, limit: int, after: str | None = None
    ) -> tuple[Job, ...]:
        """See `Jobs.waiting`."""
        keys = self._items.by_waiting.query(
            waiting_key(workspace_id, why),
            self._items.queue_position > after if after else None,
            page_size=limit,
            attributes_to_get=KEY_ATTRIBUTES,
        )
        return self._matching(workspace_id, keys, limit, lambda job: job.waiting is why)

    def ahead(self, workspace_id: str, why: Waiting, position: str) -> int:
        """See `Jobs.ahead`."""
        return self._items.by_waiting.count(
            waiting_key(workspace_id, why), self._items.queue_position < position
        )

    def page(self, query: JobQuery, limit: int, before: str | None) -> tuple[Job, ...]:
        """See `Jobs.page`."""
        return self._lists.page(query, limit, before)

    def counts(self, workspace_id: str, types: Sequence[str], type: str | None = None) -> JobCounts:
        """See `Jobs.counts`."""
        return self._tally.counts(workspace_id, types, type)

    def _matching(
        self, workspace_id: str, keys: Iterable[JobItem], limit: int, matches: Callable[[Job], bool]
    ) -> tuple[Job, ...]:
        ids = (item.job_id for item in keys)
        return tuple(islice(self._lists.matching(workspace_id, ids, limit, matches), limit))

    def due(self, shard: int, now: datetime, limit: int) -> tuple[DueJob, ...]:
        """See `Jobs.due`."""
        come = self._items.due_at <= rfc3339(now)
        found = self._items.due.query(shard, come, limit=limit)
        return tuple(DueJob(item.workspace_id, item.job_id, str(item.due_at)) for item in found)

    def postpone(self, due: DueJob, until: datetime) -> Job | None:
        """See `Jobs.postpone`."""
        item = self._items(due.workspace_id, due.job_id)
        moved = self._move_due(item, until, self._items.due_at == due.due_at)
        # An update answers the whole item.
        return Job.model_validate_json(item.job) if moved else None

    def usage_on(self, workspace_id: str, day: str) -> DayUsage:
        """See `Jobs.usage_on`."""
        found = self._items.by_usage.query(
            workspace_id, self._items.usage_day >= day, attributes_to_get=[*KEY_ATTRIBUTES, "usage"]
        )
        return usage_on_day(day, (USAGE_BY_DAY.validate_json(item.usage) for item in found))

    def defer(self, job: Job, until: datetime) -> bool:
        """See `Jobs.defer`."""
        item = self._items(job.workspace_id, job.id)
        return self._move_due(item, until, self._items.version == job.version)

    def clear_due(self, job: Job) -> None:
        """See `Jobs.clear_due`."""
        item = self._items(job.workspace_id, job.id)
        if not self._remove_due(item, self._items.version == job.version):
            raise StaleJob(f"job {job.id} has moved past version {job.version}")

    def exclude_from_sweep(self, workspace_id: str, job_id: str) -> None:
        """See `Jobs.exclude_from_sweep`."""
        self._remove_due(self._items(workspace_id, job_id), self._items.version.exists())

    def _move_due(self, item: JobItem, until: datetime, condition: Condition) -> bool:
        shard = self._items.due_shard.set(due_shard(item.job_id))
        return _update(item, [self._items.due_at.set(rfc3339(until)), shard], condition)

    def _remove_due(self, item: JobItem, condition: Condition) -> bool:
        return _update(item, [self._items.due_at.remove(), self._items.due_shard.remove()], condition)


def _update(item: JobItem, actions: list[Action], condition: Condition) -> bool:
    """Update the item; False when the condition does not hold."""
    try:
        item.update(actions=actions, condition=condition)
    except UpdateError as error:
        if is_condition_failed(error):
            return False
        raise
    return True
