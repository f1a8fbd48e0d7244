"""What a page of a list costs as the table grows: the requests, items and capacity of the first and a middle one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from api import cursors
from bench import text
from bench.crowd import TASK, TYPES, Crowd
from bench.deployment import Deployment
from bench.recording import CONTEXT
from bench.requests import request
from bench.tape import Call, Tape, counted
from mosaic.jobs.query import JobQuery
from mosaic.jobs.states import JobStatus

HEAD = ("filter", "page", "jobs in table", "jobs on page", "requests", "items read", "read units")
PAGE = 25


@dataclass(frozen=True)
class Filter:
    """A list that is asked for."""

    status: tuple[JobStatus, ...] = ()
    type: str | None = None
    agent_task_id: str | None = None

    @property
    def query(self) -> str:
        """As in a URL."""
        asked = [("status", one.value) for one in self.status]
        asked += [("type", self.type or ""), ("agentTaskId", self.agent_task_id or "")]
        return "&".join(f"{name}={value}" for name, value in asked if value)

    def cursor(self, workspace_id: str, job_id: str) -> str:
        """That of the page behind the job."""
        query = JobQuery(workspace_id, (), frozenset(self.status), self.type, self.agent_task_id)
        return cursors.encode(query, job_id)


def filters() -> tuple[Filter, ...]:
    """The lists that people ask for."""
    return (
        Filter(),
        Filter((JobStatus.FAILED,)),
        Filter((JobStatus.FAILED,), TYPES[0]),
        Filter((JobStatus.QUEUED, JobStatus.RUNNING)),
        Filter(agent_task_id=TASK),
        Filter((JobStatus.FAILED,), agent_task_id=TASK),
    )


def lists(at: Deployment, tape: Tape, sizes: Sequence[int], *, units_are_real: bool) -> str:
    """One row for each filter, page and size; the table grows from size to size."""
    crowd, by_size = Crowd(at), []
    for size in sizes:
        crowd.grow(size)
        by_size.append(list(_rows(crowd, at, tape, units_are_real)))
    return text.table(HEAD, chain.from_iterable(zip(*by_size, strict=True)))


def _rows(crowd: Crowd, at: Deployment, tape: Tape, units_are_real: bool) -> Iterator[tuple[object, ...]]:
    for wanted in filters():
        for name, cursor in (("first", None), ("middle", wanted.cursor(crowd.workspace_id, crowd.middle))):
            calls, found = page(wanted, cursor, PAGE, crowd, at, tape)
            used = sum(call.units for call in calls) if units_are_real else None
            items = sum(call.items for call in calls)
            shown = wanted.query or "none"
            yield shown, name, len(crowd), found, text.calls(counted(calls)), items, text.units(used)


def page(
    wanted: Filter, cursor: str | None, limit: int, crowd: Crowd, at: Deployment, tape: Tape
) -> tuple[Sequence[Call], int]:
    """The calls that a page takes, and how many jobs are on it."""
    asked = f"limit={limit}&{wanted.query}" + (f"&cursor={cursor}" if cursor else "")
    event = request("GET /runner-jobs", f"/runner-jobs?{asked}", caller=crowd.caller)
    with tape.recording() as calls:
        response = at.handler(event, CONTEXT)
    return calls, len(json.loads(response["body"])["items"])
