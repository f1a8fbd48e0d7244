"""Those who ask for jobs: half by API, half by signed webhook, each insisting until answered, some asking twice."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random

import urllib3

from local.demo import Demo
from mosaic.forge import signature

CALLERS = 6
ASKED_AGAIN = 0.25
TRIES = 20


@dataclass
class Ledger:
    """What was promised: the ids of the jobs that were answered 2xx, and how often one was asked for again."""

    jobs: dict[int, set[str]] = field(default_factory=dict)
    repeated: int = 0
    unanswered: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def promised(self, number: int, job_id: str) -> None:
        """Somebody was told that this job is taken in."""
        with self._lock:
            known = self.jobs.setdefault(number, set())
            self.repeated += bool(known)
            known.add(job_id)

    def silent(self) -> None:
        """An answer was none."""
        with self._lock:
            self.unanswered += 1

    @property
    def ids(self) -> list[str]:
        """Every job that was promised."""
        return sorted({job_id for known in self.jobs.values() for job_id in known})


class Load:
    """Asks a stack for `jobs` jobs."""

    def __init__(self, url: str, demo: Demo, jobs: int) -> None:
        self._url, self._demo, self._jobs = url, demo, jobs
        self._pool = urllib3.PoolManager(retries=False, timeout=30, maxsize=CALLERS)
        self.ledger = Ledger()

    def run(self) -> None:
        """Until the last one is answered."""
        with ThreadPoolExecutor(CALLERS) as callers:
            for _ in callers.map(self._ask, range(self._jobs)):
                pass

    def _ask(self, number: int) -> None:
        ask = self._by_api if number % 2 else self._by_webhook
        self._insist(number, *ask(number))
        if Random(number).random() < ASKED_AGAIN:  # noqa: S311 - the same callers each time
            self._insist(number, *ask(number))

    def _insist(self, number: int, path: str, headers: dict[str, str], body: bytes) -> None:
        for wait in _waits():
            time.sleep(wait)
            try:
                answer = self._pool.request("POST", self._url + path, body=body, headers=headers)
            except urllib3.exceptions.HTTPError:
                self.ledger.silent()
                continue
            if answer.status < 300:
                said = json.loads(answer.data)
                self.ledger.promised(number, said.get("jobId") or said["id"])
                return
            if answer.status < 500 and answer.status != 429:
                raise RuntimeError(f"{path} answered {answer.status}: {answer.data[:300]!r}")
            self.ledger.silent()
        raise RuntimeError(f"{path} was not answered in {TRIES} tries")

    def _by_api(self, number: int) -> tuple[str, dict[str, str], bytes]:
        body = json.dumps({"type": "git-status", "instructions": f"Task {number}"}).encode()
        headers = {
            "authorization": f"Bearer {self._demo.tokens['member']}",
            "content-type": "application/json",
            "idempotency-key": f"chaos-{number}",
        }
        return "/runner-jobs", headers, body

    def _by_webhook(self, number: int) -> tuple[str, dict[str, str], bytes]:
        said = {
            "issueNumber": number + 1,
            "repository": "acme/shop",
            "action": "mentioned",
            "comment": f"@mosaic task {number}",
            "metadata": {"type": "git-status", "profile": "runner", "commentId": number, "actor": "ada"},
        }
        body = json.dumps(said).encode()
        signed = signature.sign("mosaic", body, self._demo.webhook_secret, int(time.time()))
        return "/stitcher/webhook", {"content-type": "application/json", **signed}, body


def _waits() -> Iterator[float]:
    yield 0.0
    for tried in range(TRIES - 1):
        yield min(2.0, 0.1 * 2.0**tried)
