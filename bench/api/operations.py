"""What is measured: each operation of the API on a job that is ready for it."""

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
    """What one repetition works on: a job, stored or still to be created, and a key that nobody has used."""

    job_id: str
    key: str


@dataclass(frozen=True)
class Operation:
    """One row of the tables. `prepare` makes a job ready; `None`: the job is still to be created."""

    name: str
    prepare: Callable[[Deployment], str]
    event: Callable[[Target], Json]

    def target(self, deployment: Deployment) -> Target:
        """A fresh one."""
        return Target(self.prepare(deployment), uuid4().hex)


def operations(deployment: Deployment) -> tuple[Operation, ...]:
    """All that is measured. What is only read is stored here, once."""
    seen = deployment.store_with_events().id
    for stored in (sample_jobs.asking, sample_jobs.failed):
        for _ in range(LISTED):
            deployment.store(stored(clock.now()))
    return (
        Operation("create", _nothing, _create),
        Operation("create, Idempotency-Key", _nothing, _create_with_key),
        Operation("get", lambda _: seen, _get()),
        Operation("list 25", lambda _: seen, _list("")),
        Operation("list 25, status and type", lambda _: seen, _list("&status=FAILED&type=code-task")),
        Operation("approvals 25", lambda _: seen, _approvals),
        Operation("approve", _asking, _approve),
        Operation("cancel", _queued, _post("cancel")),
        Operation("retry", _failed, _post("retry")),
        Operation("report a gate", _validating, _report),
        Operation("steps", lambda _: seen, _get("/steps")),
        Operation("events", lambda _: seen, _get("/events")),
    )


def _nothing(_: Deployment) -> str:
    return clock.new_job_id(clock.now())


def _queued(deployment: Deployment) -> str:
    return deployment.store(sample_jobs.queued(clock.now())).id


def _failed(deployment: Deployment) -> str:
    return deployment.store(sample_jobs.failed(clock.now())).id


def _asking(deployment: Deployment) -> str:
    return deployment.store(sample_jobs.asking(clock.now())).id


def _validating(deployment: Deployment) -> str:
    return deployment.store(sample_jobs.validating(clock.now())).id


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
    said = {"status": "passed", "commitSha": COMMIT, "url": "https://ci.example/acme/shop/1"}
    return request("PUT /runner-jobs/{jobId}/gates/{gateId}", path, said)


def job_id_of(response: Json, otherwise: str) -> str:
    """The id of the job that a response is about; raises AssertionError unless it is a success."""
    if response["statusCode"] >= 300:
        raise AssertionError(response["body"])
    return str(json.loads(response["body"]).get("id", otherwise))
