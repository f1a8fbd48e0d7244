"""The requests, items and capacity of a page by table size, for the first page and a middle one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from api import cursors
from bench import markdown
from bench.api.call_recorder import CallRecorder, RecordedCall, count_operations
from bench.api.deployment import Deployment
from bench.api.http_events import request
from bench.api.recorded_operation import CONTEXT
from bench.api.workload import ADA, BEGIN, ISSUE, LATE, OTHERS, SHOP, TASK, TYPES, Workload
from mosaic.base import rfc3339
from mosaic.jobs.job_query import JobQuery
from mosaic.jobs.states import JobStatus

HEAD = ("filter", "page", "jobs in table", "jobs on page", "requests", "items read", "read units")
PAGE = 25


@dataclass(frozen=True)
class Filter:
    """The query parameters of a list request."""

    filters: tuple[tuple[str, str], ...] = ()

    @property
    def query(self) -> str:
        """The parameters in URL form."""
        return "&".join(f"{name}={value}" for name, value in self.filters)

    def cursor(self, workspace_id: str, job_id: str) -> str:
        """Returns the cursor of the page after the job."""
        values = dict(self.filters)
        query = JobQuery(
            workspace_id=workspace_id,
            types=(),
            status=frozenset(JobStatus(value) for name, value in self.filters if name == "status"),
            type=values.get("type"),
            agent_task_id=values.get("agentTaskId"),
            repository=values.get("repository"),
            issue=int(values["issue"]) if "issue" in values else None,
            actor=values.get("actor"),
            since=_time(values.get("since")),
            until=_time(values.get("until")),
            updated_since=_time(values.get("updatedSince")),
        )
        return cursors.encode(query, job_id)


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


STATUS, TYPE = ("status", JobStatus.FAILED.value), ("type", TYPES[0])
SHOP_JOBS, ADA_JOBS = ("repository", SHOP), ("actor", ADA)
# Later than the last job of any measured size; only the jobs that changed late match it.
LATER = ("updatedSince", rfc3339(BEGIN + LATE))


def filters() -> tuple[Filter, ...]:
    """Returns the usual filters, alone and combined."""
    return (
        Filter(),
        Filter((STATUS,)),
        Filter((STATUS, TYPE)),
        Filter((("status", JobStatus.QUEUED.value), ("status", JobStatus.RUNNING.value))),
        Filter((("agentTaskId", TASK),)),
        Filter((STATUS, ("agentTaskId", TASK))),
        Filter((SHOP_JOBS,)),
        Filter((SHOP_JOBS, ("issue", str(ISSUE)))),
        Filter((ADA_JOBS,)),
        Filter((("since", rfc3339(BEGIN)),)),
        Filter((LATER,)),
        Filter((SHOP_JOBS, STATUS)),
        Filter((SHOP_JOBS, STATUS, TYPE, ("actor", OTHERS))),
        Filter((SHOP_JOBS, LATER)),
    )


def disjoint_filters() -> Filter:
    """Returns two filters that match half of all jobs each, and no common job; every key of both is read."""
    return Filter((SHOP_JOBS, ADA_JOBS))


def list_cost_table(
    deployment: Deployment, recorder: CallRecorder, sizes: Sequence[int], *, units_are_real: bool
) -> str:
    """Returns a table with a row for each filter, page and size; the workload grows from size to size."""
    workload, by_size = Workload(deployment), []
    for size in sizes:
        workload.grow(size)
        by_size.append(list(_rows(workload, deployment, recorder, units_are_real)))
    return markdown.table(HEAD, chain.from_iterable(zip(*by_size, strict=True)))


def _rows(
    workload: Workload, deployment: Deployment, recorder: CallRecorder, units_are_real: bool
) -> Iterator[tuple[object, ...]]:
    for wanted in (*filters(), disjoint_filters()):
        for name, cursor in (
            ("first", None),
            ("middle", wanted.cursor(workload.workspace_id, workload.middle)),
        ):
            calls, jobs_on_page = page(wanted, cursor, PAGE, workload, deployment, recorder)
            used = sum(call.units for call in calls) if units_are_real else None
            items = sum(call.items for call in calls)
            shown = wanted.query or "none"
            yield (
                shown,
                name,
                len(workload),
                jobs_on_page,
                markdown.calls(count_operations(calls)),
                items,
                markdown.units(used),
            )


def page(
    wanted: Filter,
    cursor: str | None,
    limit: int,
    workload: Workload,
    deployment: Deployment,
    recorder: CallRecorder,
) -> tuple[Sequence[RecordedCall], int]:
    """Returns the calls for a page, and the number of jobs on it."""
    query = f"limit={limit}&{wanted.query}" + (f"&cursor={cursor}" if cursor else "")
    event = request("GET /runner-jobs", f"/runner-jobs?{query}", caller=workload.caller)
    with recorder.recording() as calls:
        response = deployment.handler(event, CONTEXT)
    return calls, len(json.loads(response["body"])["items"])
