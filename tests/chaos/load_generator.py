"""Creates jobs: half by the API, half by signed webhooks, a quarter of them twice."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random

from local.demo import Demo
from mosaic.forge import signature
from tests.chaos.history import History
from tests.chaos.http_client import HttpClient
from tests.chaos.scenarios import scenario_of

CALLERS = 6
DUPLICATE_RATE = 0.25
# The maximum number of open jobs. The local cloud's queue is slow when it is long.
MAX_OPEN = 300
POLL_EVERY = 0.2


class LoadGenerator:
    """Creates jobs in a stack. `on_created` gets each job, and `open_jobs` returns how many have not ended."""

    def __init__(
        self,
        client: HttpClient,
        demo: Demo,
        history: History,
        on_created: Callable[[int, str], None],
        open_jobs: Callable[[], int],
    ) -> None:
        self._client, self._demo, self._history = client, demo, history
        self._on_created, self._open_jobs = on_created, open_jobs

    def run(self, jobs: int) -> Iterator[int]:
        """Creates so many jobs, and yields the number of created ones after each. Raises NoAnswerError."""
        with ThreadPoolExecutor(CALLERS) as callers:
            for number in callers.map(self._create, range(jobs)):
                yield number + 1

    def _create(self, number: int) -> int:
        while self._open_jobs() >= MAX_OPEN:
            time.sleep(POLL_EVERY)
        job_id = self._send(number)
        if Random(number).random() < DUPLICATE_RATE:  # noqa: S311 - the same requests each time
            self._send(number)
        if job_id:
            self._on_created(number, job_id)
        return number

    def _send(self, number: int) -> str | None:
        path, headers, body = self._by_api(number) if number % 2 else self._by_webhook(number)
        response = self._client.request_until_answered("POST", path, headers, body)
        if not response.is_ok:
            self._history.request_refused(f"{path} answered {response.status}: {str(response.body)[:300]}")
            return None
        job_id: str = response.body.get("jobId") or response.body["id"]
        self._history.job_accepted(number, job_id)
        return job_id

    def _by_api(self, number: int) -> tuple[str, dict[str, str], bytes]:
        scenario = scenario_of(number)
        body = {
            "type": scenario.type,
            "instructions": f"Task {number} {scenario.marker}".strip(),
            "repository": "acme/shop",
            "maxAttempts": scenario.max_attempts,
        }
        headers = {
            "authorization": f"Bearer {self._demo.tokens['member']}",
            "content-type": "application/json",
            "idempotency-key": f"chaos-{number}",
        }
        return "/runner-jobs", headers, json.dumps(body).encode()

    def _by_webhook(self, number: int) -> tuple[str, dict[str, str], bytes]:
        scenario = scenario_of(number)
        # Each job is by another person, since the open jobs of one person are limited.
        metadata = {
            "type": scenario.type,
            "profile": scenario.profile,
            "commentId": number,
            "actor": f"user{number}",
        }
        payload = {
            "issueNumber": number + 1,
            "repository": "acme/shop",
            "action": "mentioned",
            "comment": f"@mosaic task {number} {scenario.marker}".strip(),
            "metadata": metadata,
        }
        body = json.dumps(payload).encode()
        signed = signature.sign("mosaic", body, self._demo.webhook_secret, int(time.time()))
        return "/stitcher/webhook", {"content-type": "application/json", **signed}, body
