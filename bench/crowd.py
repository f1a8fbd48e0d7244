"""A workspace with as many jobs as wanted, written in bulk exactly as the store writes one."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import islice, product
from typing import Any

from bench import samples
from bench.deployment import Deployment
from bench.requests import CALLER
from mosaic.clock import new_job_id
from mosaic.jobs.lifecycle import ENDED
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus

TYPES = ("code-task", "git-status", "priority-calc", "review")
KINDS = tuple(product(JobStatus, TYPES))
TASK = "task-1"
# One round of kinds in so many belongs to TASK.
TASK_EVERY = 10
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)

BATCH = 25
WRITERS = 4

_PATTERN = "a-workspace-of-patterns"

Json = dict[str, Any]


class Crowd:
    """The jobs of one workspace: every status and type equally often, one a second."""

    def __init__(self, at: Deployment, workspace_id: str = "crowd") -> None:
        self.workspace_id = workspace_id
        self.caller = CALLER.model_copy(update={"workspace_id": workspace_id})
        self._at = at
        self._ids: list[str] = []
        self._patterns = [self._pattern(kind, task) for task in (TASK, None) for kind in KINDS]

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def middle(self) -> str:
        """The id of the job that half of the others are newer than."""
        return self._ids[len(self._ids) // 2]

    def grow(self, size: int) -> None:
        """Add newer jobs until there are `size`."""
        items = (self._item(number) for number in range(len(self), size))
        batches = iter(lambda: list(islice(items, BATCH)), [])
        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(self._write, batches))

    def _pattern(self, kind: tuple[JobStatus, str], task: str | None) -> tuple[Job, str]:
        """A job, and as text the item that the store makes of it."""
        status, type = kind
        job = samples.queued(BEGIN, workspace_id=_PATTERN, type=type, agent_task_id=task)
        job = job.evolve(status=status, due_at=None if status in ENDED else job.due_at)
        self._at.store(job)
        key = {"workspace_id": {"S": _PATTERN}, "job_id": {"S": job.id}}
        found = self._at.clients["dynamodb"].get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return job, json.dumps(found["Item"])

    def _item(self, number: int) -> Json:
        turn, kind = divmod(number, len(KINDS))
        pattern, text = self._patterns[kind if turn % TASK_EVERY == 0 else len(KINDS) + kind]
        self._ids.append(new_job_id(BEGIN + timedelta(seconds=number)))
        item: Json = json.loads(text.replace(pattern.id, self._ids[-1]).replace(_PATTERN, self.workspace_id))
        return item

    def _write(self, items: list[Json]) -> None:
        puts = [{"PutRequest": {"Item": item}} for item in items]
        while puts:
            answer = self._at.clients["dynamodb"].batch_write_item(RequestItems={self._table: puts})
            puts = answer.get("UnprocessedItems", {}).get(self._table, [])

    @property
    def _table(self) -> str:
        return self._at.tables["JOBS_TABLE"]
