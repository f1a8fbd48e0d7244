"""A complete job on a local stack: a comment on GitHub, the agent's run, its reported gates."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import urllib3

from local.demo import WEBHOOK_SECRET, Demo
from local.stack import LocalStack
from mosaic.forge.signature import sign

Json = dict[str, Any]
COMMIT = "c" * 40
TIMEOUT_SECONDS = 60


def run_job(stack: LocalStack, demo: Demo) -> Counter[str]:
    """Runs one job to its completion, and returns the number of HTTP requests to each function."""
    http, requests = urllib3.PoolManager(), Counter[str]()
    comment = {"id": 1, "body": "@mosaic find out why the login fails", "user": {"login": "ada"}}
    delivery = {
        "action": "created",
        "issue": {"number": 7, "title": "Login fails", "body": "Since Monday.", "user": {"login": "ada"}},
        "comment": comment,
        "repository": {"full_name": "acme/shop"},
        "sender": {"login": "ada"},
    }
    body = json.dumps(delivery).encode()
    signature = {"x-github-event": "issue_comment", **sign("github", body, WEBHOOK_SECRET, int(time.time()))}
    headers = {"content-type": "application/json", **signature}
    accepted = http.request("POST", f"{stack.url}/stitcher/webhook/github", body=body, headers=headers).json()
    requests["WebhookFunction"] += 2  # with the gateway's callback
    url = f"{stack.url}/runner-jobs/{accepted['jobId']}"
    admin, reporter = ({"authorization": f"Bearer {demo.tokens[role]}"} for role in ("admin", "reporter"))

    def job() -> Json:
        response: Json = http.request("GET", url, headers=admin).json()
        return response

    _until(lambda: job()["phase"] == "VALIDATION")
    for gate in job()["gates"]:
        report = {"status": "passed", "commitSha": COMMIT}
        http.request("PUT", f"{url}/gates/{gate['id']}", json=report, headers=reporter)
        requests["ApiFunction"] += 1
    _until(lambda: job()["status"] == "COMPLETED")
    requests["AuthorizerFunction"] = 1  # API Gateway caches its response for the other reports
    return requests


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise SystemExit("cost: the job made no progress for 60 s; see .local")
        time.sleep(0.5)
