"""Actors that follow jobs: a forge that delivers pushes, a CI that reports gates, and users who cancel and retry."""

from __future__ import annotations

import heapq
import json
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from local.demo import Demo
from mosaic.jobs.model import Job
from mosaic.storage.jobs import JobStore
from tests.chaos import forge
from tests.chaos.history import History
from tests.chaos.http_client import HttpClient
from tests.chaos.scenarios import PlannedPush, PlannedRequest, has_ended_as_planned, next_request, scenario_of

THREADS = 3
# Seconds until the first visit of a job, and between visits without and with a request.
FIRST_VISIT = 3.0
NEXT_VISIT = 4.0
SHORT_WAIT = 0.2


@dataclass(order=True)
class _Visit:
    at: float
    number: int = field(compare=False)
    job_id: str = field(compare=False)


class Actors:
    """Follows each job on threads until its scenario has ended. A context manager, which ends the threads."""

    def __init__(
        self, open_jobs: Callable[[], JobStore], client: HttpClient, demo: Demo, history: History
    ) -> None:
        """`open_jobs` returns a store for one thread."""
        self._store, self._client, self._demo, self._history = open_jobs, client, demo, history
        self._visits: list[_Visit] = []
        self._changed = threading.Condition()
        self._open: set[str] = set()
        self._is_closing = False
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="actors")
        self._workers: list[Future[None]] = []

    def __enter__(self) -> Self:
        self._workers = [self._pool.submit(self._work_loop) for _ in range(THREADS)]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        self._pool.shutdown()

    def add(self, number: int, job_id: str) -> None:
        """Follows the job that this request created."""
        with self._changed:
            self._open.add(job_id)
        self._schedule_visit(number, job_id, FIRST_VISIT)

    def count_open(self) -> int:
        """Returns how many scenarios have not ended. Raises the exceptions of the threads."""
        for worker in self._workers:
            if worker.done():
                worker.result()
        with self._changed:
            return len(self._open)

    def _schedule_visit(self, number: int, job_id: str, after: float) -> None:
        with self._changed:
            heapq.heappush(self._visits, _Visit(time.monotonic() + after, number, job_id))
            self._changed.notify()

    def _work_loop(self) -> None:
        jobs = self._store()
        while visit := self._next():
            self._visit(jobs, visit.number, visit.job_id)

    def _next(self) -> _Visit | None:
        with self._changed:
            while not self._is_closing:
                wait = self._visits[0].at - time.monotonic() if self._visits else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._visits)
                self._changed.wait(wait)
            return None

    def _visit(self, jobs: JobStore, number: int, job_id: str) -> None:
        scenario = scenario_of(number)
        job = jobs.get(self._demo.workspace, job_id)
        if job and has_ended_as_planned(scenario, job):
            with self._changed:
                self._open.discard(job_id)
            return
        planned = next_request(scenario, job) if job else None
        if job and planned:
            self._carry_out(job, planned)
        self._schedule_visit(number, job_id, SHORT_WAIT if planned else NEXT_VISIT)

    def _carry_out(self, job: Job, planned: PlannedRequest | PlannedPush) -> None:
        if isinstance(planned, PlannedPush):
            self._push(job, planned)
        else:
            self._execute(job, planned)

    def _push(self, job: Job, push: PlannedPush) -> None:
        self._history.commit_pushed((job.id, push.after))
        self._history.count("pushes")
        for _ in range(1 + push.is_sent_twice):
            self._request("POST", forge.PATH, *forge.delivery(push, self._demo.webhook_secret))
        if push.is_sent_twice:
            self._history.count("pushed twice")

    def _execute(self, job: Job, planned: PlannedRequest) -> None:
        kind = planned.path.split("/")[3]
        if planned.body.get("status") == "passed":
            gate = planned.path.rpartition("/")[2]
            self._history.gate_reported((job.id, job.attempt, gate, planned.body["commitSha"]))
        self._history.count(kind)
        self._send(planned)
        if planned.is_sent_twice:
            self._history.count("reported twice")
            self._send(planned)

    def _send(self, planned: PlannedRequest) -> None:
        headers = {
            "authorization": f"Bearer {self._demo.tokens[planned.role]}",
            "content-type": "application/json",
        }
        self._request(planned.method, planned.path, headers, json.dumps(planned.body).encode())

    def _request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> None:
        """Sends a request. A conflict is no violation: the next visit sees the changed job."""
        response = self._client.request_until_answered(method, path, headers, body)
        if not response.is_ok and response.status != 409:
            self._history.request_refused(f"{path} answered {response.status}: {str(response.body)[:300]}")
