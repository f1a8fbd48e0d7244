"""Counts of jobs in DynamoDB, from keys of indexes alone. Private to `mosaic.jobs.store`."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic.dynamo import count
from mosaic.jobs import keys
from mosaic.jobs.counts import MOST_COUNTED, JobCounts
from mosaic.jobs.index_key import LEAST, IndexKey
from mosaic.jobs.items import JobItem
from mosaic.jobs.states import JobStatus, Phase, Waiting
from mosaic.jobs.streams import GREATEST


class JobTally:
    """Counts jobs; what is read does not grow with the table, since every count stops at MOST_COUNTED."""

    def __init__(self, items: type[JobItem]) -> None:
        self._items = items

    def counts(self, workspace_id: str, types: Sequence[str], type: str | None) -> JobCounts:
        """See `Jobs.counts`."""
        wanted = types if type is None else (type,)
        return JobCounts(
            by_status={status: self._in_status(workspace_id, status, wanted) for status in JobStatus},
            approval=self._waiting(workspace_id, Waiting.APPROVAL, JobStatus.PENDING, type),
            gates=self._waiting(workspace_id, Phase.VALIDATION, JobStatus.RUNNING, type),
        )

    def _in_status(self, workspace_id: str, status: JobStatus, types: Sequence[str]) -> int:
        counted = 0
        for type in types:
            if counted < MOST_COUNTED:
                key = keys.status_key(workspace_id, status, type)
                counted += count(self._items, self._items.by_status, key, MOST_COUNTED - counted)
        return counted

    def _waiting(self, workspace_id: str, why: Waiting | Phase, status: JobStatus, type: str | None) -> int:
        """How many jobs wait for this; of one type: those among its jobs of the status that goes with it."""
        line = keys.waiting_key(workspace_id, why)
        if type is None:
            return count(self._items, self._items.by_waiting, line, MOST_COUNTED)
        of_type = IndexKey(
            self._items.by_status, self._items.job_id, keys.status_key(workspace_id, status, type)
        )
        waiting = IndexKey(self._items.by_waiting, self._items.place, line)
        places = waiting.read(LEAST, GREATEST, MOST_COUNTED)
        return len(
            {*of_type.read(LEAST, GREATEST, MOST_COUNTED)} & {place.partition("#")[2] for place in places}
        )
