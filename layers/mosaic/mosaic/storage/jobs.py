"""The job store: one item for each job, saved only over the version before."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any, Protocol, TypeVar

from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from mosaic.base import rfc3339
from mosaic.events.chain import with_hash
from mosaic.jobs.counts import JobCounts
from mosaic.jobs.errors import JobExists, StaleJob, TooManyJobs
from mosaic.jobs.ids import short_code
from mosaic.jobs.job_query import JobQuery
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Waiting
from mosaic.jobs.usage import DayUsage, usage_on_day
from mosaic.storage.dynamodb import bind, is_condition_failed
from mosaic.storage.index_keys import IssueRef, branch_key, commit_key, waiting_key
from mosaic.storage.job_counts import JobCounter
from mosaic.storage.job_items import USAGE_BY_DAY, JobItem, attributes, due_shard
from mosaic.storage.job_lists import JOB_ONLY, JobLists

_Item = TypeVar("_Item")

KEY_ATTRIBUTES = ["workspace_id", "job_id"]
# The number of jobs that a store remembers: a service saves the job that it has just read.
REMEMBERED = 16
# The most jobs of an issue among which a short code is looked for.
MAX_ISSUE_JOBS = 1000


@dataclass(frozen=True)
class DueJob:
    """A job whose due time has passed, with that time."""

    workspace_id: str
    job_id: str
    due_at: str


class Jobs(Protocol):
    """The job store, as the services use it.

    A stored job that cannot be read raises pydantic.ValidationError if it is read alone; lists omit it.
    """

    def get(self, workspace_id: str, job_id: str) -> Job | None:
        """Returns the job (strongly consistent), or None."""

    def add(self, job: Job) -> None:
        """Stores a new job. Raises JobExists if the id is taken."""

    def save(self, job: Job) -> None:
        """Stores the next version. Raises StaleJob unless the stored version is the one before."""

    def of_issue(
        self, workspace_id: str, issue: IssueRef, limit: int, code: str | None = None
    ) -> tuple[Job, ...]:
        """Returns at most `limit` jobs of this issue, newest first; with `code`, those with this short code.

        A job that is less than a second old may be missing. A code is looked for among the MAX_ISSUE_JOBS newest.
        """

    def of_commit(self, workspace_id: str, sha: str, limit: int) -> tuple[Job, ...]:
        """Returns at most `limit` jobs that are validated against this commit, newest first.

        A job that is less than a second old may be missing.
        """

    def on_branch(self, workspace_id: str, repository: str, branch: str, limit: int) -> tuple[Job, ...]:
        """Returns at most `limit` RUNNING jobs that were requested for this branch, newest first.

        `repository` is the forge's id of the repository (`github:1234`), or the name for jobs without one.
        A job whose branch is `mosaic/` and its id is not among them. A job that has been RUNNING for less than
        a second may be missing.
        """

    def waiting(
        self, workspace_id: str, why: Waiting, limit: int, after: str | None = None
    ) -> tuple[Job, ...]:
        """Returns at most `limit` jobs of a wait queue after the position `after`; fewer only at the end.

        A job that has waited for less than a second may be missing.
        """

    def ahead(self, workspace_id: str, why: Waiting, position: str) -> int:
        """Returns the number of jobs in a wait queue before the position. Jobs of the last second may be
        missing.
        """

    def page(self, query: JobQuery, limit: int, before: str | None) -> tuple[Job, ...]:
        """Returns at most `limit` matching jobs with ids below `before`, newest first; fewer only at the end."""

    def counts(self, workspace_id: str, types: Sequence[str], type: str | None = None) -> JobCounts:
        """Returns the counts of the workspace's jobs, of these types or of one type."""

    def due(self, shard: int, now: datetime, limit: int) -> tuple[DueJob, ...]:
        """Returns at most `limit` due jobs of the shard, the longest overdue first."""

    def postpone(self, due: DueJob, until: datetime) -> Job | None:
        """Moves a job's due time without a new version. Returns the job, or None if it was changed meanwhile.

        The due time is moved also if the job cannot be read.
        """

    def usage_on(self, workspace_id: str, day: str, most: int | None = None) -> DayUsage:
        """Returns the usage of the workspace's runs that ended on a day. A run that just ended may be
        missing.

        A day long past costs more: every job with a run on that day or later is read. Raises TooManyJobs if
        those are more than `most`.
        """

    def defer(self, job: Job, until: datetime) -> bool:
        """Moves the due time of this version of the job. Returns False if the job has changed."""

    def clear_due(self, job: Job) -> None:
        """Removes the due time of this version of an ended job. Raises StaleJob if the job has changed."""

    def exclude_from_sweep(self, workspace_id: str, job_id: str) -> None:
        """Removes the due time of a stored job that cannot be read, until the job is saved again."""


def at_most(most: int | None, items: Iterable[_Item]) -> Iterator[_Item]:
    """Yields the items. Raises TooManyJobs instead of the one after `most`."""
    for number, item in enumerate(items):
        if most is not None and number >= most:
            raise TooManyJobs(most)
        yield item


def from_image(image: Mapping[str, Any]) -> Job:
    """Returns the job of a stream record. Raises KeyError or pydantic.ValidationError if the item is not a
    job.
    """
    return _read(image["job"]["S"])


@lru_cache(maxsize=REMEMBERED)
def _read(text: str) -> Job:
    """Returns the job of a JSON text. Successive stream records share a text, so it is read once."""
    return Job.model_validate_json(text)


class JobStore:
    """Jobs in DynamoDB.

    Saving a version computes its hash, which needs the version before. The store remembers recent versions
    for this, and reads others again.
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
        self._put(with_hash(None, job), absent, JobExists(f"job {job.id} is already stored"))

    def save(self, job: Job) -> None:
        """See `Jobs.save`."""
        refusal = StaleJob(f"job {job.id} has moved past version {job.version - 1}")
        before = self._before(job)
        if before is None:
            raise refusal
        self._put(with_hash(before, job), self._items.version == before.version, refusal)

    def _put(self, job: Job, condition: Condition, refusal: Exception) -> None:
        try:
            self._items(**attributes(job)).save(condition)
        except PutError as error:
            if is_condition_failed(error):
                raise refusal from error
            raise
        self._remember(job)

    def _before(self, job: Job) -> Job | None:
        """Returns the stored version before `job`, or None if another version is stored."""
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

    def of_issue(
        self, workspace_id: str, issue: IssueRef, limit: int, code: str | None = None
    ) -> tuple[Job, ...]:
        """See `Jobs.of_issue`."""
        index = self._items.by_issue if issue.repository_id is None else self._items.by_forge_issue
        keys = index.query(
            issue.key(workspace_id),
            scan_index_forward=False,
            page_size=MAX_ISSUE_JOBS if code else limit,
            attributes_to_get=KEY_ATTRIBUTES,
        )
        named = (
            item for item in islice(keys, MAX_ISSUE_JOBS) if code is None or short_code(item.job_id) == code
        )
        return self._matching(workspace_id, named, limit, lambda _: True)

    def of_commit(self, workspace_id: str, sha: str, limit: int) -> tuple[Job, ...]:
        """See `Jobs.of_commit`."""
        keys = self._items.by_commit.query(
            commit_key(workspace_id, sha),
            scan_index_forward=False,
            page_size=limit,
            attributes_to_get=KEY_ATTRIBUTES,
        )
        return self._matching(workspace_id, keys, limit, lambda job: job.commit_sha == sha)

    def on_branch(self, workspace_id: str, repository: str, branch: str, limit: int) -> tuple[Job, ...]:
        """See `Jobs.on_branch`."""
        keys = self._items.by_branch.query(
            branch_key(workspace_id, repository, branch),
            scan_index_forward=False,
            page_size=limit,
            attributes_to_get=KEY_ATTRIBUTES,
        )
        running = self._matching(workspace_id, keys, limit, lambda job: job.status is JobStatus.RUNNING)
        return tuple(job for job in running if job.push_branch == branch)

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
        is_due = self._items.due_at <= rfc3339(now)
        items = self._items.due.query(shard, is_due, limit=limit)
        return tuple(DueJob(item.workspace_id, item.job_id, str(item.due_at)) for item in items)

    def postpone(self, due: DueJob, until: datetime) -> Job | None:
        """See `Jobs.postpone`."""
        item = self._items(due.workspace_id, due.job_id)
        moved = self._move_due(item, until, self._items.due_at == due.due_at)
        # An update returns the whole item.
        return Job.model_validate_json(item.job) if moved else None

    def usage_on(self, workspace_id: str, day: str, most: int | None = None) -> DayUsage:
        """See `Jobs.usage_on`."""
        items = self._items.by_usage.query(
            workspace_id, self._items.usage_day >= day, attributes_to_get=[*KEY_ATTRIBUTES, "usage"]
        )
        return usage_on_day(day, (USAGE_BY_DAY.validate_json(item.usage) for item in at_most(most, items)))

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
    """Updates the item. Returns False if the condition does not hold."""
    try:
        item.update(actions=actions, condition=condition)
    except UpdateError as error:
        if is_condition_failed(error):
            return False
        raise
    return True
