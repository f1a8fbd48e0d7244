"""The jobs table in memory, with conditional writes, indexes and a stream."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mosaic.base import rfc3339
from mosaic.events.chain import with_hash
from mosaic.jobs.approval import named_branch
from mosaic.jobs.counts import MAX_COUNTED, JobCounts
from mosaic.jobs.errors import JobExists, StaleJob
from mosaic.jobs.job_query import JobQuery
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Phase, Waiting
from mosaic.jobs.usage import DayUsage, usage_by_day, usage_on_day
from mosaic.storage.index_keys import IssueRef
from mosaic.storage.job_items import due_shard
from mosaic.storage.jobs import MAX_ISSUE_JOBS, DueJob, at_most
from tests.fakes.clock import NOON

Key = tuple[str, str]


@dataclass(frozen=True)
class _Item:
    """A stored job, and its due time in the index, which may be later than the job's own."""

    job: Job
    due_at: str | None


class FakeJobs:
    """`Jobs` whose indexes follow each write after `lag`, at once by default.

    `stream` has the job before and after every write, as DynamoDB's stream has, also for moved due times.
    Jobs in `unreadable` cannot be read until they are saved again.
    """

    def __init__(
        self, clock: Callable[[], datetime] = lambda: NOON, lag: Callable[[], timedelta] | None = None
    ) -> None:
        self._items: dict[Key, _Item] = {}
        self._clock = clock
        self._lag = lag
        self._index = self._items if lag is None else {}
        self._late: dict[Key, list[tuple[datetime, _Item]]] = {}
        self.stream: list[tuple[Job | None, Job]] = []
        self.unreadable: set[Key] = set()

    def get(self, workspace_id: str, job_id: str) -> Job | None:
        """See `Jobs.get`."""
        item = self._items.get((workspace_id, job_id))
        return self._read(item.job) if item else None

    def add(self, job: Job) -> None:
        """See `Jobs.add`."""
        if (job.workspace_id, job.id) in self._items:
            raise JobExists(f"job {job.id} is already stored")
        self._put(None, job)

    def save(self, job: Job) -> None:
        """See `Jobs.save`."""
        held = self._items.get((job.workspace_id, job.id))
        if held is None or held.job.version != job.version - 1:
            raise StaleJob(f"job {job.id} has moved past version {job.version - 1}")
        self._put(held.job, job)

    def of_issue(
        self, workspace_id: str, issue: IssueRef, limit: int, code: str | None = None
    ) -> tuple[Job, ...]:
        """See `Jobs.of_issue`."""
        newest = [job for job in self._indexed(workspace_id) if _is_of_issue(job, issue)][:MAX_ISSUE_JOBS]
        return self._found(newest, lambda job: code is None or job.short_code == code)[:limit]

    def of_commit(self, workspace_id: str, sha: str, limit: int) -> tuple[Job, ...]:
        """See `Jobs.of_commit`."""
        return self._found(self._indexed(workspace_id), lambda job: job.commit_sha == sha)[:limit]

    def on_branch(self, workspace_id: str, repository: str, branch: str, limit: int) -> tuple[Job, ...]:
        """See `Jobs.on_branch`."""

        def matches(job: Job) -> bool:
            name = ((job.repository_id or job.repository or "").lower(), named_branch(job))
            return job.status is JobStatus.RUNNING and name == (repository.lower(), branch)

        return self._found(self._indexed(workspace_id), matches)[:limit]

    def waiting(
        self, workspace_id: str, why: Waiting, limit: int, after: str | None = None
    ) -> tuple[Job, ...]:
        """See `Jobs.waiting`."""
        line = [
            job for job in self._wait_queue(workspace_id, why) if after is None or job.queue_position > after
        ]
        return self._found(line, lambda job: job.waiting is why)[:limit]

    def ahead(self, workspace_id: str, why: Waiting, position: str) -> int:
        """See `Jobs.ahead`."""
        return sum(job.queue_position < position for job in self._wait_queue(workspace_id, why))

    def page(self, query: JobQuery, limit: int, before: str | None) -> tuple[Job, ...]:
        """See `Jobs.page`."""
        # Queries by creation time read the table itself, which never lags.
        by_time = query.updated_since is None and not query.has_keys
        jobs = self._newest_first(self._items if by_time else self._caught_up(), query.workspace_id)
        return self._found([job for job in jobs if before is None or job.id < before], query.matches)[:limit]

    def counts(self, workspace_id: str, types: Sequence[str], type: str | None = None) -> JobCounts:
        """See `Jobs.counts`."""
        wanted = types if type is None else (type,)
        jobs = [job for job in self._indexed(workspace_id) if job.type in wanted]
        statuses = Counter(job.status for job in jobs)
        everyone = self._indexed(workspace_id)
        long = {
            "admin": max(
                statuses[JobStatus.PENDING], sum(job.waiting is Waiting.APPROVAL for job in everyone)
            ),
            "reporter": max(
                statuses[JobStatus.RUNNING], sum(job.phase is Phase.VALIDATION for job in everyone)
            ),
        }
        estimated = {who for who, most in long.items() if type is not None and most >= MAX_COUNTED}
        return JobCounts(
            by_status={status: min(statuses[status], MAX_COUNTED) for status in JobStatus},
            approval=min(sum(job.waiting is Waiting.APPROVAL for job in jobs), MAX_COUNTED),
            gates=min(sum(job.phase is Phase.VALIDATION for job in jobs), MAX_COUNTED),
            estimated=frozenset(estimated),
        )

    def due(self, shard: int, now: datetime, limit: int) -> tuple[DueJob, ...]:
        """See `Jobs.due`."""
        until = rfc3339(now)
        come = sorted(
            (item.due_at, key)
            for key, item in self._caught_up().items()
            if item.due_at and item.due_at <= until and due_shard(item.job.id) == shard
        )
        return tuple(DueJob(*key, due_at) for due_at, key in come[:limit])

    def postpone(self, due: DueJob, until: datetime) -> Job | None:
        """See `Jobs.postpone`."""
        item = self._items.get((due.workspace_id, due.job_id))
        if item is None or item.due_at != due.due_at:
            return None
        self._due(item.job, rfc3339(until))
        return self._read(item.job)

    def usage_on(self, workspace_id: str, day: str, most: int | None = None) -> DayUsage:
        """See `Jobs.usage_on`."""
        by_day = (usage_by_day(job.steps) for job in self._indexed(workspace_id))
        later = (days for days in by_day if days and max(days) >= day)
        return usage_on_day(day, at_most(most, later))

    def defer(self, job: Job, until: datetime) -> bool:
        """See `Jobs.defer`."""
        item = self._items.get((job.workspace_id, job.id))
        if item is None or item.job.version != job.version:
            return False
        self._due(item.job, rfc3339(until))
        return True

    def clear_due(self, job: Job) -> None:
        """See `Jobs.clear_due`."""
        item = self._items.get((job.workspace_id, job.id))
        if item is None or item.job.version != job.version:
            raise StaleJob(f"job {job.id} has moved past version {job.version}")
        self._due(item.job, None)

    def exclude_from_sweep(self, workspace_id: str, job_id: str) -> None:
        """See `Jobs.exclude_from_sweep`."""
        if item := self._items.get((workspace_id, job_id)):
            self._due(item.job, None)

    def forget_chain(self, job: Job) -> None:
        """Removes the hash of the stored job, as in jobs stored before versions had hashes."""
        item = self._items[job.workspace_id, job.id]
        self._items[job.workspace_id, job.id] = _Item(
            item.job.model_copy(update={"version_hash": None}), item.due_at
        )

    def everything(self) -> tuple[Job, ...]:
        """Returns all jobs, oldest first."""
        return tuple(item.job for _, item in sorted(self._items.items()))

    def next_due(self) -> str | None:
        """Returns the earliest due time in the table."""
        return min((item.due_at for item in self._items.values() if item.due_at), default=None)

    def _read(self, job: Job) -> Job:
        return Job.model_validate_json("{}") if (job.workspace_id, job.id) in self.unreadable else job

    def _put(self, old: Job | None, job: Job) -> None:
        self.unreadable.discard((job.workspace_id, job.id))
        job = with_hash(old, job)
        self._store(_Item(job, rfc3339(job.due_at) if job.due_at else None))
        self.stream.append((old, job))

    def _due(self, job: Job, due_at: str | None) -> None:
        after = _Item(job, due_at)
        if after != self._items[job.workspace_id, job.id]:
            self._store(after)
            self.stream.append((job, job))

    def _store(self, item: _Item) -> None:
        key = (item.job.workspace_id, item.job.id)
        self._items[key] = item
        if self._lag:
            late = self._late.setdefault(key, [])
            seen_at = self._clock() + self._lag()
            late.append((max(seen_at, late[-1][0]) if late else seen_at, item))

    def _caught_up(self) -> dict[Key, _Item]:
        """Returns the indexes with all changes whose lag is over, in order for each item."""
        now = self._clock()
        for key, late in list(self._late.items()):
            while late and late[0][0] <= now:
                self._index[key] = late.pop(0)[1]
            if not late:
                del self._late[key]
        return self._index

    def _found(self, indexed: list[Job], matches: Callable[[Job], bool]) -> tuple[Job, ...]:
        """Returns the stored jobs that an index lists and that still match."""
        named = (job for job in indexed if matches(job))
        now = (self._items[job.workspace_id, job.id].job for job in named)
        return tuple(job for job in now if matches(job) and (job.workspace_id, job.id) not in self.unreadable)

    def _wait_queue(self, workspace_id: str, why: Waiting) -> list[Job]:
        jobs = (job for job in self._indexed(workspace_id) if job.waiting is why)
        return sorted(jobs, key=lambda job: job.queue_position)

    def _indexed(self, workspace_id: str) -> list[Job]:
        return self._newest_first(self._caught_up(), workspace_id)

    @staticmethod
    def _newest_first(items: dict[Key, _Item], workspace_id: str) -> list[Job]:
        jobs = (item.job for (workspace, _), item in items.items() if workspace == workspace_id)
        return sorted(jobs, key=lambda job: job.id, reverse=True)


def _is_of_issue(job: Job, issue: IssueRef) -> bool:
    if (job.source.kind, job.issue_number) != (issue.provider, issue.number) or job.repository is None:
        return False
    if issue.repository_id is not None:
        return job.repository_id == issue.repository_id
    return job.repository.lower() == issue.repository.lower()
