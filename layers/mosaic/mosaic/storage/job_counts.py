"""Counts of jobs in DynamoDB, from index keys only. Private to `mosaic.storage.jobs`."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic.jobs.counts import MAX_COUNTED, JobCounts
from mosaic.jobs.states import JobStatus, Phase, Waiting
from mosaic.storage import index_keys
from mosaic.storage.dynamodb import count
from mosaic.storage.id_streams import GREATEST
from mosaic.storage.index_reader import LEAST, IndexReader
from mosaic.storage.job_items import JobItem


class JobCounter:
    """Counts jobs up to MAX_COUNTED, so that the reads do not grow with the table."""

    def __init__(self, items: type[JobItem]) -> None:
        self._items = items

    def counts(self, workspace_id: str, types: Sequence[str], type: str | None) -> JobCounts:
        """See `Jobs.counts`."""
        counted_types = types if type is None else (type,)
        approval, approval_is_whole = self._waiting(workspace_id, Waiting.APPROVAL, JobStatus.PENDING, type)
        gates, gates_are_whole = self._waiting(workspace_id, Phase.VALIDATION, JobStatus.RUNNING, type)
        whole = {"admin": approval_is_whole, "reporter": gates_are_whole}
        return JobCounts(
            by_status={status: self._in_status(workspace_id, status, counted_types) for status in JobStatus},
            approval=approval,
            gates=gates,
            estimated=frozenset(name for name, is_whole in whole.items() if not is_whole),
        )

    def _in_status(self, workspace_id: str, status: JobStatus, types: Sequence[str]) -> int:
        counted = 0
        for type in types:
            if counted < MAX_COUNTED:
                key = index_keys.status_key(workspace_id, status, type)
                counted += count(self._items, self._items.by_status, key, MAX_COUNTED - counted)
        return counted

    def _waiting(
        self, workspace_id: str, why: Waiting | Phase, status: JobStatus, type: str | None
    ) -> tuple[int, bool]:
        """Returns the number of jobs that wait for this, and whether the number is exact.

        For one type, the result is the intersection of two indexes. Their orders differ, so the first
        MAX_COUNTED entries of each need not be the same jobs.
        """
        waiting_key = index_keys.waiting_key(workspace_id, why)
        if type is None:
            return count(self._items, self._items.by_waiting, waiting_key, MAX_COUNTED), True
        of_type = IndexReader(
            self._items.by_status, self._items.job_id, index_keys.status_key(workspace_id, status, type)
        )
        waiting = IndexReader(self._items.by_waiting, self._items.queue_position, waiting_key)
        ids = {*of_type.read(LEAST, GREATEST, MAX_COUNTED)}
        positions = {*waiting.read(LEAST, GREATEST, MAX_COUNTED)}
        is_whole = max(len(ids), len(positions)) < MAX_COUNTED
        return len(ids & {position.partition("#")[2] for position in positions}), is_whole
