"""A client of a running stack that uses a real gateway."""

import hashlib
import hmac
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import urllib3

from local.demo import Demo
from local.stack import LocalStack
from mosaic.openclaw.client import Gateway
from mosaic.openclaw.model import RunOutcome, ScheduledRun
from tests.live.openclaw.callback_proxy import CallbackProxy

T = TypeVar("T")


def key(job_id: str) -> str:
    """Returns the gateway's key of the job's first attempt."""
    return f"mosaic:{job_id}:1"


PATIENCE = 400.0
ENDED = ("COMPLETED", "FAILED", "CANCELLED")


class Stitcher:
    """A running stack as its callers see it, and the gateway behind it."""

    def __init__(self, stack: LocalStack, demo: Demo, callback_proxy: CallbackProxy) -> None:
        self._url = stack.url
        self._stack = stack
        self._demo = demo
        self.callback_proxy = callback_proxy
        self.gateway_url = os.environ["OPENCLAW_URL"]
        self.gateway = Gateway.connect(self.gateway_url, os.environ["OPENCLAW_TOKEN"], read_timeout=30)

    def call(self, method: str, path: str, body: object = None, role: str = "member") -> Any:
        """Returns the JSON that the API answers to this role; fails unless the request succeeds."""
        headers = {"Authorization": f"Bearer {self._demo.tokens[role]}", "Content-Type": "application/json"}
        return self._send(method, path, b"" if body is None else json.dumps(body).encode(), headers)

    def create(self, instructions: str, **fields: object) -> str:
        """Returns the id of a new job, by default a read-only one without gates."""
        job = self.call(
            "POST", "/runner-jobs", {"type": "git-status", "instructions": instructions, **fields}
        )
        return str(job["id"])

    def enqueue(self, job_id: str) -> None:
        """Sends one more message for the job, as the queue may deliver a message again."""
        body = json.dumps({"workspaceId": self._demo.workspace, "jobId": job_id})
        url = self._stack.env("StitcherFunction")["QUEUE_URL"]
        self._stack.client("sqs").send_message(QueueUrl=url, MessageBody=body)

    def ended(self, job_id: str) -> Any:
        """Returns the job as soon as it has ended."""
        return self.job(job_id, lambda job: job["status"] in ENDED)

    def mention(self, comment: str, comment_id: str) -> Any:
        """Sends the bot's signed webhook about this comment; returns the response."""
        delivery = {
            "issueNumber": 7,
            "repository": "acme/shop",
            "action": "mentioned",
            "comment": comment,
            "metadata": {
                "title": "The till is slow",
                "actor": "ada",
                "issueAuthor": "ada",
                "commentId": comment_id,
            },
        }
        body, at = json.dumps(delivery).encode(), str(int(time.time()))
        seal = hmac.new(
            self._demo.webhook_secret.encode(), f"{at}.".encode() + body, hashlib.sha256
        ).hexdigest()
        headers = {"X-Mosaic-Signature": f"sha256={seal}", "X-Mosaic-Timestamp": at}
        return self._send("POST", "/stitcher/webhook", body, {**headers, "Content-Type": "application/json"})

    def job(self, job_id: str, reached: Callable[[dict[str, Any]], bool]) -> Any:
        """Returns the job as soon as `reached` is true for it; fails after PATIENCE seconds."""
        end = time.monotonic() + PATIENCE
        while True:
            job = self.call("GET", f"/runner-jobs/{job_id}")
            if reached(job):
                return job
            assert time.monotonic() < end, f"still {job['status']} {job.get('phase')}: {job.get('error')}"
            time.sleep(0.2)

    def run(self, job_id: str, reached: Callable[[ScheduledRun], bool] = lambda _: True) -> ScheduledRun:
        """Returns the job's first run at the gateway as soon as `reached` is true for it."""
        return self._until(lambda: self._found(job_id, reached), "the gateway's run has not got so far")

    def outcome(self, scheduled_run_id: str) -> RunOutcome:
        """Returns the outcome of a run at the gateway, also after the run was removed."""
        return self._until(lambda: self.gateway.outcome(scheduled_run_id), "the gateway knows no outcome")

    def _found(self, job_id: str, reached: Callable[[ScheduledRun], bool]) -> ScheduledRun | None:
        found = self.gateway.find(key(job_id))
        return found if found and reached(found) else None

    def _until(self, look: Callable[[], T | None], complaint: str) -> T:
        end = time.monotonic() + PATIENCE
        while (found := look()) is None:
            assert time.monotonic() < end, complaint
            time.sleep(0.05)
        return found

    def model_runs(self, scheduled_run_id: str) -> list[set[str]]:
        """Returns the tools that each run was offered; only a run's first model call has its session in the
        last message.
        """
        calls = [json.loads(line) for line in Path(os.environ["FAKE_LLM_LOG"]).read_text().splitlines()]
        return [set(call["tools"]) for call in calls if f":cron:{scheduled_run_id}" in call.get("last", "")]

    def scheduled_run_of(self, job: dict[str, Any]) -> str:
        """Returns the gateway's id of the job's first run, from the job's dispatch step."""
        [step] = [step for step in job["steps"] if step["name"] == "dispatch" and step["attempt"] == 1]
        return str(step["output"])

    def _send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Any:
        answer = urllib3.request(
            method, self._url + path, body=body, headers=headers, retries=False, timeout=60
        )
        assert answer.status < 300, f"{method} {path}: {answer.status} {answer.data.decode()}"
        return answer.json()
