"""A workspace with any number of jobs, written in bulk in the format of the job store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import islice, product
from typing import Any

from bench.api import sample_jobs
from bench.api.deployment import Deployment
from bench.api.http_events import CALLER
from mosaic.jobs.lifecycle import ENDED
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus
from mosaic.jobs.value_objects import Source
from mosaic.storage.job_items import attributes

TYPES = ("code-task", "git-status", "priority-calc", "review")
KINDS = tuple(product(JobStatus, TYPES))
TASK = "task-1"
# One of so many rounds belongs to TASK and concerns an issue. A round has one job of each kind.
TASK_EVERY = 10
SHOP, ISSUE, ADA, OTHERS = "acme/shop", 7, "github:ada", "github:grace"
# Half of the rounds concern SHOP, the other half were requested by ADA: two large sets without a common job.
REST = "acme/site"
# One of so many rounds changed a month after its creation.
CHANGED_EVERY = 20
LATE = timedelta(days=30)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)

BATCH = 25
WRITERS = 4

Json = dict[str, Any]


class Workload:
    """The jobs of one workspace: every status and type equally often, one job a second."""

    def __init__(self, deployment: Deployment, workspace_id: str = "workload") -> None:
        self.workspace_id = workspace_id
        self.caller = CALLER.model_copy(update={"workspace_id": workspace_id})
        self._deployment = deployment
        self._ids: list[str] = []

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def middle(self) -> str:
        """The id of the median job by age."""
        return self._ids[len(self._ids) // 2]

    def grow(self, size: int) -> None:
        """Adds newer jobs until there are `size`."""
        items = (self._item(number) for number in range(len(self), size))
        batches = iter(lambda: list(islice(items, BATCH)), [])
        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(self._write, batches))

    def _item(self, number: int) -> Json:
        """Returns a new job as the item that the store writes."""
        round_number, kind = divmod(number, len(KINDS))
        job = self._job(number, round_number, *KINDS[kind])
        self._ids.append(job.id)
        values = {name: value for name, value in attributes(job).items() if value is not None}
        return {name: {"N" if isinstance(value, int) else "S": str(value)} for name, value in values.items()}

    def _job(self, number: int, round_number: int, status: JobStatus, type: str) -> Job:
        at = BEGIN + timedelta(seconds=number)
        of_task = round_number % TASK_EVERY == 0
        job = sample_jobs.queued(
            at,
            workspace_id=self.workspace_id,
            type=type,
            agent_task_id=TASK if of_task else None,
            issue_number=ISSUE if of_task else None,
            repository=SHOP if round_number % 2 == 0 else REST,
            source=Source(kind="github", actor=ADA if round_number % 2 else OTHERS),
        )
        changed_at = at + LATE if round_number % CHANGED_EVERY == 0 else at
        change = job.change.model_copy(update={"at": changed_at})
        return job.evolve(status=status, change=change, due_at=None if status in ENDED else job.due_at)

    def _write(self, items: list[Json]) -> None:
        puts = [{"PutRequest": {"Item": item}} for item in items]
        while puts:
            response = self._deployment.clients["dynamodb"].batch_write_item(RequestItems={self._table: puts})
            puts = response.get("UnprocessedItems", {}).get(self._table, [])

    @property
    def _table(self) -> str:
        return self._deployment.tables["JOBS_TABLE"]
