"""Lists of jobs in DynamoDB: keys from indexes, joined, then the jobs. Private to `mosaic.storage.jobs`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any, get_args

from aws_lambda_powertools import Logger
from pydantic import ValidationError

from mosaic.jobs.ids import first_id
from mosaic.jobs.job_query import MAX_STATUS_KEYS, JobQuery
from mosaic.jobs.model import Job
from mosaic.jobs.value_objects import Source
from mosaic.storage import index_keys
from mosaic.storage.id_streams import GREATEST, IdStream, InAny, PagedIds, in_all, just_below
from mosaic.storage.index_reader import LEAST, IndexReader
from mosaic.storage.job_items import JobItem
from mosaic.storage.update_tree import bucket_of, first_id_in, nodes_across

logger = Logger(child=True)

# The attribute with the whole job. The others serve indexes and conditions and need not be read.
JOB_ONLY = ["job"]
KINDS: tuple[str, ...] = get_args(Source.model_fields["kind"].annotation)


class JobLists:
    """Pages of jobs. The reads grow with the page, not with the table, as far as the filters allow it.

    If filters match many jobs each and few in common, the keys in between are read, up to a thousand at once.
    """

    def __init__(self, items: type[JobItem]) -> None:
        self._items = items

    def page(self, query: JobQuery, limit: int, before: str | None) -> tuple[Job, ...]:
        """See `Jobs.page`."""
        high = just_below(before) if before else GREATEST
        if query.until:
            high = min(high, just_below(first_id(query.until)))
        low = first_id(query.since) if query.since else LEAST
        if query.updated_since is None:
            jobs = self._created(query, low, high, limit)
        else:
            jobs = self._updated(query, query.updated_since, low, high, limit)
        return tuple(islice(jobs, limit))

    def _updated(self, query: JobQuery, since: datetime, low: str, high: str, limit: int) -> Iterator[Job]:
        """Returns the jobs created since then, followed by the older jobs that changed since then."""
        bucket = bucket_of(since)
        border = first_id_in(bucket)
        yield from self._created(query, max(low, border), high, limit)
        high = min(high, just_below(border))
        streams = self._streams(query, low, high, limit, bucket)
        yield from self.matching(query.workspace_id, in_all(streams, high), limit, query.matches)

    def _created(self, query: JobQuery, low: str, high: str, limit: int) -> Iterator[Job]:
        """Returns the matching jobs with ids from `low` to `high`."""
        if low > high:
            return iter(())
        if not query.has_keys:
            return self._newest(query, low, high, limit)
        ids = in_all(self._streams(query, low, high, limit), high)
        return self.matching(query.workspace_id, ids, limit, query.matches)

    def _newest(self, query: JobQuery, low: str, high: str, limit: int) -> Iterator[Job]:
        """Returns matching jobs from the table itself: reading its keys alone would cost as much as reading
        the jobs.
        """
        items = self._items.query(
            query.workspace_id,
            self._items.job_id.between(low, high),
            scan_index_forward=False,
            page_size=limit,
            consistent_read=True,
            attributes_to_get=JOB_ONLY,
        )
        return filter(query.matches, _readable(items))

    def matching(
        self, workspace_id: str, ids: Iterator[str], limit: int, matches: Callable[[Job], bool]
    ) -> Iterator[Job]:
        """Returns the jobs with these ids that match, in order, read `limit` at a time. Outdated index
        entries are dropped.
        """
        # A page has a fixed size: reading only the missing jobs would take more and more requests.
        while page_ids := tuple(islice(ids, limit)):
            yield from filter(matches, self._batch(workspace_id, page_ids))

    def _batch(self, workspace_id: str, ids: tuple[str, ...]) -> list[Job]:
        keys = [(workspace_id, job_id) for job_id in ids]
        items = self._items.batch_get(keys, consistent_read=True, attributes_to_get=JOB_ONLY)
        jobs = {job.id: job for job in _readable(items)}
        return [jobs[job_id] for job_id in ids if job_id in jobs]

    def _streams(
        self, query: JobQuery, low: str, high: str, limit: int, changed_since: int | None = None
    ) -> list[IdStream]:
        """Returns the fewest streams whose intersection contains all matching ids."""
        narrow = [_any([self._stream(key, low, limit) for key in group]) for group in self._narrow(query)]
        for stream in narrow:
            stream.seek(high)
            # If one page holds all keys, the jobs are read and filtered; a join would cost more.
            if stream.is_read:
                return [stream]
        by_status = [self._stream(key, low, limit) for key in self._by_status(query, has_others=bool(narrow))]
        wide = [_any(by_status)] if by_status else []
        if changed_since is not None:
            wide.append(self._changed(query, changed_since, low, limit))
        return [*narrow, *wide]

    def _narrow(self, query: JobQuery) -> Iterator[Sequence[IndexReader]]:
        """Returns the index keys of each filter that has its own index."""
        workspace, items = query.workspace_id, self._items
        if query.agent_task_id is not None:
            yield [self._key(items.by_agent_task, index_keys.agent_task_key(workspace, query.agent_task_id))]
        if query.issue is not None:
            about = query.repository or "", query.issue
            yield [self._key(items.by_issue, index_keys.issue_key(workspace, kind, *about)) for kind in KINDS]
        elif query.repository is not None:
            yield [self._key(items.by_repository, index_keys.repository_key(workspace, query.repository))]
        if query.actor is not None:
            yield [self._key(items.by_actor, index_keys.actor_key(workspace, query.actor))]

    def _by_status(self, query: JobQuery, *, has_others: bool) -> Iterator[IndexReader]:
        """Returns the index keys by status and type; none if they are many and other streams are enough."""
        if has_others and len(query.status_keys) > MAX_STATUS_KEYS:
            return
        for status, type in query.status_keys:
            yield self._key(self._items.by_status, index_keys.status_key(query.workspace_id, status, type))

    def _changed(self, query: JobQuery, since: int, low: str, limit: int) -> IdStream:
        """Returns the jobs created before the bucket `since` that changed in it or later."""
        latest = bucket_of(query.as_of) + 1 if query.as_of else None

        def stream(node: int) -> PagedIds:
            key = index_keys.update_key(query.workspace_id, node)
            by_node = IndexReader(self._items.by_update, self._items.updated, key)
            return self._stream(
                by_node, low, limit, lambda updated: index_keys.updated_bucket(updated) >= since
            )

        return InAny([stream(node) for node in nodes_across(since, latest)])

    def _key(self, index: Any, key: str) -> IndexReader:
        return IndexReader(index, self._items.job_id, key)

    @staticmethod
    def _stream(
        key: IndexReader, low: str, limit: int, passes: Callable[[str], bool] | None = None
    ) -> PagedIds:
        return PagedIds(partial(key.read, low), limit, passes)


def _any(streams: Sequence[IdStream]) -> IdStream:
    return streams[0] if len(streams) == 1 else InAny(streams)


def _readable(items: Iterable[JobItem]) -> Iterator[Job]:
    for item in items:
        try:
            yield Job.model_validate_json(item.job)
        except ValidationError as error:
            logger.exception("a stored job cannot be read", wrong_fields=error.error_count())
