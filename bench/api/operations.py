"""The measured operations of the API, each with a job in the state that it needs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from bench.api import sample_jobs
from bench.api.deployment import Deployment
from bench.api.http_events import request
from mosaic import clock

Json = dict[str, Any]
COMMIT = "c" * 40
LISTED = 30


@dataclass(frozen=True)
class Target:
    """The input of one repetition: the id of a stored or new job, and an unused idempotency key."""

    job_id: str
    key: str


@dataclass(frozen=True)
class Operation:
    """One row of the tables. `prepare` stores a job in the needed state and returns its id."""

    name: str
    prepare: Callable[[Deployment], str]
    event: Callable[[Target], Json]

    def target(self, deployment: Deployment) -> Target:
        """Returns a new input."""
        return Target(self.prepare(deployment), uuid4().hex)


def operations(deployment: Deployment) -> tuple[Operation, ...]:
    """Stores the jobs that are only read, and returns all measured operations."""
    stored_id = deployment.store_with_events().id
    for make in (sample_jobs.waiting_for_approval, sample_jobs.failed):
        for _ in range(LISTED):
            deployment.store(make(clock.now()))
    return (
        Operation("create", _unstored, _create),
        Operation("create, Idempotency-Key", _unstored, _create_with_key),
        Operation("get", lambda _: stored_id, _get()),
        Operation("list 25", lambda _: stored_id, _list("")),
        Operation("list 25, status and type", lambda _: stored_id, _list("&status=FAILED&type=code-task")),
        Operation("approvals 25", lambda _: stored_id, _approvals),
        Operation("approve", _waiting_for_approval, _approve),
        Operation("cancel", _queued, _post("cancel")),
        Operation("retry", _failed, _post("retry")),
        Operation("report a gate", _waiting_for_gates, _report),
        Operation("steps", lambda _: stored_id, _get("/steps")),
        Operation("events", lambda _: stored_id, _get("/events")),
    )


def _unstored(_: Deployment) -> str:
    return clock.new_job_id(clock.now())


def _queued(deployment: Deployment) -> str:
    return deployment.store(sample_jobs.queued(clock.now())).id


def _failed(deployment: Deployment) -> str:
    return deployment.store(sample_jobs.failed(clock.now())).id


def _waiting_for_approval(deployment: Deployment) -> str:
    return deployment.store(sample_jobs.waiting_for_approval(clock.now())).id


def _waiting_for_gates(deployment: Deployment) -> str:
    return deployment.store(sample_jobs.waiting_for_gates(clock.now())).id


def _on_request() -> Json:
    return {
        "type": "code-task",
        "instructions": sample_jobs.INSTRUCTIONS,
        "repository": "acme/shop",
        "issueNumber": 7,
    }


def _create(_: Target) -> Json:
    return request("POST /runner-jobs", "/runner-jobs", _on_request())


def _create_with_key(target: Target) -> Json:
    return request(
        "POST /runner-jobs", "/runner-jobs", _on_request(), headers={"idempotency-key": target.key}
    )


def _get(part: str = "") -> Callable[[Target], Json]:
    return lambda target: request(f"GET /runner-jobs/{{jobId}}{part}", f"/runner-jobs/{target.job_id}{part}")


def _list(filters: str) -> Callable[[Target], Json]:
    return lambda _: request("GET /runner-jobs", f"/runner-jobs?limit=25{filters}")


def _post(verb: str) -> Callable[[Target], Json]:
    return lambda target: request(
        f"POST /runner-jobs/{{jobId}}/{verb}", f"/runner-jobs/{target.job_id}/{verb}"
    )


def _approvals(_: Target) -> Json:
    return request("GET /approvals", "/approvals?limit=25")


def _approve(target: Target) -> Json:
    path = f"/runner-jobs/{target.job_id}/approve"
    return request("POST /runner-jobs/{jobId}/approve", path, {"reason": "reviewed"})


def _report(target: Target) -> Json:
    path = f"/runner-jobs/{target.job_id}/gates/build"
    report = {"status": "passed", "commitSha": COMMIT, "url": "https://ci.example/acme/shop/1"}
    return request("PUT /runner-jobs/{jobId}/gates/{gateId}", path, report)


def job_id_of(response: Json, default: str) -> str:
    """Returns the job id in a response, or the default; raises AssertionError for an error response."""
    if response["statusCode"] >= 300:
        raise AssertionError(response["body"])
    return str(json.loads(response["body"]).get("id", default))
