"""Those who ask for jobs: half by API, half by signed webhook, each insisting until answered, some asking twice."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random

from local.demo import Demo
from mosaic.forge import signature
from tests.chaos.history import Ledger
from tests.chaos.http_client import Web
from tests.chaos.scenarios import story_of

CALLERS = 6
ASKED_AGAIN = 0.25
# Jobs that are asked for and not yet seen to their end; the queue of the local cloud gets slow when it is long.
OPEN = 300
PAUSE = 0.2


class Load:
    """Asks a stack for jobs; `asked` is told of each, and `open_jobs` counts those that still go on."""

    def __init__(
        self,
        web: Web,
        demo: Demo,
        ledger: Ledger,
        asked: Callable[[int, str], None],
        open_jobs: Callable[[], int],
    ) -> None:
        self._web, self._demo, self._ledger = web, demo, ledger
        self._asked, self._open_jobs = asked, open_jobs

    def ask(self, jobs: int) -> Iterator[int]:
        """Ask for so many jobs; how many were answered, each time that one more was. Raises NoAnswerError."""
        with ThreadPoolExecutor(CALLERS) as callers:
            for number in callers.map(self._ask, range(jobs)):
                yield number + 1

    def _ask(self, number: int) -> int:
        while self._open_jobs() >= OPEN:
            time.sleep(PAUSE)
        job_id = self._once(number)
        if Random(number).random() < ASKED_AGAIN:  # noqa: S311 - the same callers each time
            self._once(number)
        if job_id:
            self._asked(number, job_id)
        return number

    def _once(self, number: int) -> str | None:
        path, headers, body = self._by_api(number) if number % 2 else self._by_webhook(number)
        answer = self._web.insist("POST", path, headers, body)
        if not answer.is_ok:
            self._ledger.turned_down(f"{path} answered {answer.status}: {str(answer.body)[:300]}")
            return None
        job_id: str = answer.body.get("jobId") or answer.body["id"]
        self._ledger.promised(number, job_id)
        return job_id

    def _by_api(self, number: int) -> tuple[str, dict[str, str], bytes]:
        story = story_of(number)
        asked = {
            "type": story.type,
            "instructions": f"Task {number} {story.marker}".strip(),
            "repository": "acme/shop",
            "maxAttempts": story.tries,
        }
        headers = {
            "authorization": f"Bearer {self._demo.tokens['member']}",
            "content-type": "application/json",
            "idempotency-key": f"chaos-{number}",
        }
        return "/runner-jobs", headers, json.dumps(asked).encode()

    def _by_webhook(self, number: int) -> tuple[str, dict[str, str], bytes]:
        story = story_of(number)
        told = {"type": story.type, "profile": story.profile, "commentId": number, "actor": "ada"}
        said = {
            "issueNumber": number + 1,
            "repository": "acme/shop",
            "action": "mentioned",
            "comment": f"@mosaic task {number} {story.marker}".strip(),
            "metadata": told,
        }
        body = json.dumps(said).encode()
        signed = signature.sign("mosaic", body, self._demo.webhook_secret, int(time.time()))
        return "/stitcher/webhook", {"content-type": "application/json", **signed}, body
