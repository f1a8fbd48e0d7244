"""Verification, repair and redrive over the API."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from mosaic.access.model import Principal, Role
from mosaic.storage.repair_queue import RepairRequest
from tests.fakes.api import ApiResponse, FakeApi

NOBODY_S = "01KGA999999999999999999999"
MatchesContract = Callable[[ApiResponse], None]


@pytest.fixture
def job_id(api: FakeApi) -> str:
    job = api.deployment.accept()
    api.deployment.run_until(api.deployment.is_idle)
    return job.id


def verify(api: FakeApi, job_id: str, query: str = "") -> ApiResponse:
    return api.send("GET", f"/runner-jobs/{job_id}/events/verify", query=query)


def test_verification_is_paged(api: FakeApi, job_id: str, matches_contract: MatchesContract) -> None:
    whole = verify(api, job_id)
    matches_contract(whole)
    assert (whole.status, whole.json["status"], whole.json["cursor"]) == (200, "intact", None)
    first = verify(api, job_id, "limit=1")
    matches_contract(first)
    assert first.json["status"] == "partial"
    rest = verify(api, job_id, f"cursor={first.json['cursor']}")
    assert {name: rest.json[name] for name in ("status", "version", "hash")} == {
        name: whole.json[name] for name in ("status", "version", "hash")
    }


def test_broken_version_is_named(api: FakeApi, job_id: str, matches_contract: MatchesContract) -> None:
    log = api.deployment.events.raw("demo", job_id)
    log["00000001.000"] = json.dumps({**json.loads(log["00000001.000"]), "actor": "eve"})
    response = verify(api, job_id)
    matches_contract(response)
    assert (response.json["status"], response.json["broken"]["kind"]) == ("broken", "edit")


@pytest.mark.parametrize("query", ["cursor=x", "cursor=1~1~sha256:0", "limit=0", "limit=2001", "after=1"])
def test_invalid_verification_is_rejected(
    api: FakeApi, job_id: str, query: str, matches_contract: MatchesContract
) -> None:
    response = verify(api, job_id, query)
    matches_contract(response)
    assert (response.status, response.json["code"]) == (422, "invalid_request")


def test_repair_is_queued(api: FakeApi, job_id: str, matches_contract: MatchesContract) -> None:
    response = api.send("POST", f"/runner-jobs/{job_id}/events/repair", {"reason": "a look"})
    matches_contract(response)
    assert (response.status, response.json["jobId"]) == (202, job_id)
    request = RepairRequest(workspace_id="demo", job_id=job_id, actor="token:ada", reason="a look")
    assert api.deployment.repairs.requests == [request]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", f"/runner-jobs/{NOBODY_S}/events/verify"), ("POST", f"/runner-jobs/{NOBODY_S}/events/repair")],
)
def test_unknown_job_is_404(api: FakeApi, method: str, path: str) -> None:
    response = api.send(method, path, {} if method == "POST" else None)
    assert (response.status, response.json["code"]) == (404, "job_not_found")
    assert api.deployment.repairs.requests == []


def test_log_of_another_workspace_is_404(api: FakeApi, job_id: str) -> None:
    other = Principal(workspace_id="acme", token_id="eve", role=Role.ADMIN)
    for method, path in (("GET", "verify"), ("POST", "repair")):
        response = api.send(
            method, f"/runner-jobs/{job_id}/events/{path}", {} if method == "POST" else None, caller=other
        )
        assert response.status == 404
    assert api.deployment.repairs.requests == []


def test_dead_letters_are_redriven(api: FakeApi, matches_contract: MatchesContract) -> None:
    job = api.deployment.accept()
    api.deployment.dead_letters.put(json.dumps({"workspaceId": "demo", "jobId": job.id}), "")
    response = api.send("POST", "/dead-letters/redrive", {"limit": 1})
    matches_contract(response)
    assert response.json == {"items": [{"jobId": job.id, "outcome": "sent", "reason": None}]}
    again = api.send("POST", "/dead-letters/redrive", {})
    assert again.json == {"items": []}


def test_unavailable_queue_is_503(api: FakeApi) -> None:
    job = api.deployment.accept()
    api.deployment.dead_letters.put(json.dumps({"workspaceId": "demo", "jobId": job.id}), "")
    api.deployment.queue.down = True
    response = api.send("POST", "/dead-letters/redrive", {})
    assert (response.status, response.json["code"]) == (503, "queue_unavailable")


@pytest.mark.parametrize(
    "body", [{"limit": 0}, {"limit": 101}, {"limit": "1"}, {"all": True}, [], [None, None], 7]
)
def test_invalid_redrive_is_rejected(api: FakeApi, body: Any) -> None:
    assert api.send("POST", "/dead-letters/redrive", body).status == 422


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REPORTER])
def test_viewer_may_only_verify(api: FakeApi, job_id: str, role: Role) -> None:
    caller = Principal(workspace_id="demo", token_id="x", role=role)
    path = f"/runner-jobs/{job_id}/events"
    assert api.send("GET", f"{path}/verify", caller=caller).status == (200 if role is Role.VIEWER else 403)
    assert api.send("POST", f"{path}/repair", {}, caller=caller).status == 403
    assert api.send("POST", "/dead-letters/redrive", {}, caller=caller).status == 403
