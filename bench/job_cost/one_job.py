"""A job that goes its whole way on a local stack: a comment on GitHub, the agent's run, its gates reported."""

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
PATIENCE_SECONDS = 60


def run_job(stack: LocalStack, demo: Demo) -> Counter[str]:
    """Have one job go its way; returns how often each function was asked over HTTP."""
    http, asked = urllib3.PoolManager(), Counter[str]()
    comment = {"id": 1, "body": "@mosaic find out why the login fails", "user": {"login": "ada"}}
    delivery = {
        "action": "created",
        "issue": {"number": 7, "title": "Login fails", "body": "Since Monday."},
        "comment": comment,
        "repository": {"full_name": "acme/shop"},
        "sender": {"login": "ada"},
    }
    body = json.dumps(delivery).encode()
    proof = {"x-github-event": "issue_comment", **sign("github", body, WEBHOOK_SECRET, int(time.time()))}
    headers = {"content-type": "application/json", **proof}
    taken = http.request("POST", f"{stack.url}/stitcher/webhook/github", body=body, headers=headers).json()
    asked["WebhookFunction"] += 2  # with the gateway's callback
    url = f"{stack.url}/runner-jobs/{taken['jobId']}"
    admin, reporter = ({"authorization": f"Bearer {demo.tokens[role]}"} for role in ("admin", "reporter"))

    def look() -> Json:
        shown: Json = http.request("GET", url, headers=admin).json()
        return shown

    _until(lambda: look()["phase"] == "VALIDATION")
    for gate in look()["gates"]:
        report = {"status": "passed", "commitSha": COMMIT}
        http.request("PUT", f"{url}/gates/{gate['id']}", json=report, headers=reporter)
        asked["ApiFunction"] += 1
    _until(lambda: look()["status"] == "COMPLETED")
    asked["AuthorizerFunction"] = 1  # API Gateway remembers its answer for the other reports
    return asked


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise SystemExit("cost: the job did not go on; see .local")
        time.sleep(0.5)
