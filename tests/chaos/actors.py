"""Those who look after jobs: the CI that reports gates, whoever cancels, whoever retries what has failed."""

from __future__ import annotations

import heapq
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from local.demo import Demo
from mosaic.jobs.model import Job
from mosaic.storage.jobs import JobStore
from tests.chaos.history import Ledger
from tests.chaos.http_client import Web
from tests.chaos.scenarios import Wish, is_over, story_of, wish

HANDS = 3
# When a job is looked at after it was asked for, and after each look.
FIRST_LOOK = 3.0
NEXT_LOOK = 4.0
SOON = 0.2


@dataclass(order=True)
class _Look:
    at: float
    number: int = field(compare=False)
    job_id: str = field(compare=False)


class People:
    """Follow every job until its story is over, on threads of their own; a context manager, in which they are there."""

    def __init__(self, open_jobs: Callable[[], JobStore], web: Web, demo: Demo, ledger: Ledger) -> None:
        """`open_jobs` makes a store, which is no two threads' at once."""
        self._store, self._web, self._demo, self._ledger = open_jobs, web, demo, ledger
        self._looks: list[_Look] = []
        self._changed = threading.Condition()
        self._open: set[str] = set()
        self._leaving = False
        self._hands = ThreadPoolExecutor(HANDS, thread_name_prefix="people")
        self._work: list[Future[None]] = []

    def __enter__(self) -> Self:
        self._work = [self._hands.submit(self._go_on) for _ in range(HANDS)]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._leaving = True
            self._changed.notify_all()
        self._hands.shutdown()

    def follow(self, number: int, job_id: str) -> None:
        """Look after the job that this request has made."""
        with self._changed:
            self._open.add(job_id)
        self._look_at(number, job_id, FIRST_LOOK)

    def count_open(self) -> int:
        """How many stories are not over, as far as anybody has seen; raises what went wrong while looking."""
        for hand in self._work:
            if hand.done():
                hand.result()
        with self._changed:
            return len(self._open)

    def _look_at(self, number: int, job_id: str, after: float) -> None:
        with self._changed:
            heapq.heappush(self._looks, _Look(time.monotonic() + after, number, job_id))
            self._changed.notify()

    def _go_on(self) -> None:
        jobs = self._store()
        while look := self._next():
            self._attend(jobs, look.number, look.job_id)

    def _next(self) -> _Look | None:
        with self._changed:
            while not self._leaving:
                wait = self._looks[0].at - time.monotonic() if self._looks else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._looks)
                self._changed.wait(wait)
            return None

    def _attend(self, jobs: JobStore, number: int, job_id: str) -> None:
        story = story_of(number)
        job = jobs.get(self._demo.workspace, job_id)
        if job and is_over(story, job):
            with self._changed:
                self._open.discard(job_id)
            return
        wanted = wish(story, job) if job else None
        if job and wanted:
            self._ask(job, wanted)
        self._look_at(number, job_id, SOON if wanted else NEXT_LOOK)

    def _ask(self, job: Job, wanted: Wish) -> None:
        kind = wanted.path.split("/")[3]
        if wanted.body.get("status") == "passed":
            gate = wanted.path.rpartition("/")[2]
            self._ledger.reported((job.id, job.attempt, gate, wanted.body["commitSha"]))
        self._ledger.count(kind)
        self._send(wanted)
        if wanted.again:
            self._ledger.count("reported twice")
            self._send(wanted)

    def _send(self, wanted: Wish) -> None:
        """What is refused because the job has moved on meanwhile is looked at anew."""
        headers = {
            "authorization": f"Bearer {self._demo.tokens[wanted.role]}",
            "content-type": "application/json",
        }
        answer = self._web.insist(wanted.method, wanted.path, headers, json.dumps(wanted.body).encode())
        if not answer.is_ok and answer.status != 409:
            self._ledger.turned_down(f"{wanted.path} answered {answer.status}: {str(answer.body)[:300]}")
