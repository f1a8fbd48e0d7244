"""Jobs that wait for approval, and the answers to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from mosaic.access.model import Principal, Role
from mosaic.base import rfc3339
from mosaic.jobs.limits import MAX_BRIEF_BYTES
from mosaic.jobs.text import CUT_MARK
from mosaic.services.authenticate_caller import Authenticator
from tests.fakes.api import ApiResponse, FakeApi

MatchesContract = Callable[[ApiResponse], None]
GRACE = Principal(workspace_id="demo", token_id="grace", role=Role.ADMIN)
VIEWER = Principal(workspace_id="demo", token_id="vic", role=Role.VIEWER)
OTHER = Principal(workspace_id="other", token_id="zoe", role=Role.ADMIN)
ASKED = {
    "instructions": "Push it.",
    "profile": "weaver",
    "repository": "acme/shop",
    "capabilities": ["git:push", "pr:create"],
}


@pytest.fixture
def until(api: FakeApi) -> Callable[..., str]:
    """A time in the future: `until(days=7)`."""
    return lambda **after: rfc3339(api.deployment.clock() + timedelta(**after))


def waiting_job(api: FakeApi, **fields: Any) -> str:
    """The id of a job that waits for approval."""
    job_id: str = api.send("POST", "/stitcher/dispatch", {**ASKED, **fields}).json["id"]
    api.deployment.deliver_messages()
    return job_id


def approve(api: FakeApi, job_id: str, caller: Principal = GRACE, **fields: Any) -> ApiResponse:
    return api.send("POST", f"/runner-jobs/{job_id}/approve", {"reason": "fine", **fields}, caller=caller)


def listed(api: FakeApi, query: str = "") -> Any:
    return api.send("GET", "/approvals", query=query, caller=VIEWER).json


# ------------------------------------------------------------------ the list


def test_list_is_empty_without_waiting_jobs(api: FakeApi) -> None:
    assert listed(api) == {"items": [], "cursor": None}


def test_list_shows_requests_for_approval(api: FakeApi, matches_contract: MatchesContract) -> None:
    job_id = waiting_job(api, instructions="x" * 3 * MAX_BRIEF_BYTES)
    response = api.send("GET", "/approvals", caller=VIEWER)
    matches_contract(response)
    (job,) = response.json["items"]
    assert job["id"] == job_id
    assert job["instructions"].endswith(CUT_MARK)
    assert job["approvalRequest"]["capabilities"] == ASKED["capabilities"]
    assert {reason["capability"] for reason in job["approvalRequest"]["reasons"]} == set(
        ASKED["capabilities"]
    )
    assert (job["approvalRequest"]["requestedBy"], job["approvalRequest"]["until"]) == (
        ["token:ada"],
        job["expiresAt"],
    )


def test_approver_sees_and_names_the_agents_text(api: FakeApi, matches_contract: MatchesContract) -> None:
    job_id = waiting_job(api)
    detail = api.send("GET", f"/runner-jobs/{job_id}", caller=VIEWER)
    matches_contract(detail)
    text = detail.json["agentText"]
    assert "## Task\nPush it." in text["text"]
    assert text["hash"] == "sha256:" + sha256(text["text"].encode()).hexdigest()
    (listed_job,) = listed(api)["items"]
    assert listed_job["approvalRequest"]["textHash"] == text["hash"]

    stale = approve(api, job_id, textHash="sha256:" + "0" * 64)
    matches_contract(stale)
    assert (stale.status, stale.json["code"]) == (409, "stale_text")
    assert text["hash"] in stale.json["detail"]
    approved = approve(api, job_id, textHash=text["hash"])
    matches_contract(approved)
    assert (approved.status, approved.json["approval"]["textHash"]) == (202, text["hash"])


@pytest.mark.parametrize("value", ["", "0" * 64, "sha256:" + "0" * 63, "sha256:" + "F" * 64, 1])
def test_malformed_text_hash_names_the_field(api: FakeApi, value: object) -> None:
    response = approve(api, waiting_job(api), textHash=value)
    assert (response.status, response.fields) == (422, ["textHash"])


def test_list_sorts_by_priority_then_age(api: FakeApi) -> None:
    usual = [waiting_job(api) for _ in range(3)]
    urgent = [waiting_job(api, priority=8) for _ in range(2)]
    api.send("POST", "/runner-jobs", {"type": "git-status", "instructions": "waits for nobody"})
    line, query = [], "limit=2"
    for size in (2, 2, 1):
        page = listed(api, query)
        assert len(page["items"]) == size
        line += [job["id"] for job in page["items"]]
        query = f"limit=2&cursor={page['cursor']}"
    assert page["cursor"] is None
    assert line == [*urgent, *usual]


def test_answered_job_leaves_the_list(api: FakeApi) -> None:
    jobs = [waiting_job(api) for _ in range(4)]
    first = listed(api, "limit=2")
    approve(api, jobs[1])
    approve(api, jobs[2])
    rest = listed(api, f"limit=2&cursor={first['cursor']}")
    assert [job["id"] for job in rest["items"]] == [jobs[3]]
    assert [job["id"] for job in listed(api)["items"]] == [jobs[0], jobs[3]]


def test_list_is_limited_to_the_workspace(api: FakeApi) -> None:
    waiting_job(api)
    waiting_job(api)
    cursor = listed(api, "limit=1")["cursor"]
    assert api.send("GET", "/approvals", caller=OTHER).json["items"] == []
    refused = api.send("GET", "/approvals", query=f"cursor={cursor}", caller=OTHER)
    assert (refused.status, refused.json["code"]) == (400, "bad_cursor")


@pytest.mark.parametrize("role", [Role.REPORTER, Role.RUNNER])
def test_list_requires_permission_to_read_jobs(api: FakeApi, role: Role) -> None:
    caller = Principal(workspace_id="demo", token_id="x", role=role)
    assert api.send("GET", "/approvals", caller=caller).status == 403


def test_request_includes_capabilities_of_job_type(api: FakeApi) -> None:
    seen = api.send("GET", "/workspaces/current").json
    release = {"release": {"profile": "weaver", "capabilities": ["pr:create", "git:push"]}}
    api.send("PUT", "/workspaces/current", {**seen, "jobTypes": {**seen["jobTypes"], **release}})
    waiting_job(api, type="release", capabilities=["git:push", "shell:execute"])
    (job,) = listed(api)["items"]
    assert job["approvalRequest"]["capabilities"] == ["pr:create", "git:push", "shell:execute"]


# ------------------------------------------------------------------ the answers


def test_repeated_approval_is_200(api: FakeApi, matches_contract: MatchesContract) -> None:
    job_id = waiting_job(api)
    first, again = approve(api, job_id), approve(api, job_id)
    assert (first.status, again.status) == (202, 200)
    assert first.json == again.json
    for response in (first, again, approve(api, job_id, reason="another")):
        matches_contract(response)
    assert approve(api, job_id, reason="another").json["code"] == "illegal_state"
    assert (
        approve(api, waiting_job(api), Principal(workspace_id="demo", token_id="ada", role=Role.ADMIN)).status
        == 403
    )


@pytest.mark.parametrize(
    ("creators", "status"),
    [
        ((), 202),
        (("token:bob",), 202),
        (("deployment",), 202),
        (("token:ada",), 403),
        (("token:bob", "token:ada"), 403),
    ],
)
def test_own_new_token_cannot_approve(api: FakeApi, creators: tuple[str, ...], status: int) -> None:
    caller = GRACE.model_copy(update={"creators": creators})
    response = approve(api, waiting_job(api), caller)
    assert response.status == status
    if status == 403:
        assert response.json["code"] == "own_approval"
        assert "token:ada, which created its token, requested this job" in response.json["detail"]


def test_new_token_carries_its_creator_to_the_approval(api: FakeApi) -> None:
    job_id = waiting_job(api)
    bearer = api.send("POST", "/tokens", {"name": "second", "role": "admin"}).json["token"]
    authenticator = Authenticator(api.deployment.access, tuple, None, api.deployment.clock)
    second = authenticator.who(bearer)
    assert second
    assert approve(api, job_id, second).json["code"] == "own_approval"
    seen = api.send("GET", "/workspaces/current").json
    api.send("PUT", "/workspaces/current", {**seen, "selfApproval": True})
    assert approve(api, job_id, second).status == 202


def test_repeated_denial_is_200(api: FakeApi) -> None:
    path = f"/runner-jobs/{waiting_job(api)}/deny"
    answers = [api.send("POST", path, {"reason": "no", "attempt": 1}, caller=GRACE) for _ in range(2)]
    assert [response.status for response in answers] == [200, 200]
    assert answers[0].json == answers[1].json
    assert (
        api.send("POST", path, {"reason": "no", "attempt": 2}, caller=GRACE).json["code"] == "stale_attempt"
    )


BAD: dict[str, tuple[dict[str, Any], list[str]]] = {
    "no reason": ({"reason": None}, ["reason"]),
    "an unknown scope": ({"scope": "workspace"}, ["scope"]),
    "no end": ({"scope": "repository"}, ["until"]),
    "an end of a job's own": ({"until": {"days": 1}}, ["until"]),
    "a part of what a job asked": ({"capabilities": ["git:push"]}, ["capabilities"]),
    "an end that is past": ({"scope": "repository", "until": {"seconds": 0}}, ["until"]),
    "an end too far away": ({"scope": "repository", "until": {"days": 91}}, ["until"]),
    "what was not asked for": (
        {"scope": "repository", "until": {"days": 1}, "capabilities": ["git:force-push"]},
        ["capabilities"],
    ),
    "no capability": (
        {"scope": "repository", "until": {"days": 1}, "capabilities": ["git:fly"]},
        ["capabilities[0]"],
    ),
    "no attempt": ({"attempt": 0}, ["attempt"]),
}


@pytest.mark.parametrize("bad", BAD)
def test_invalid_scope_names_the_field(
    api: FakeApi, until: Callable[..., str], matches_contract: MatchesContract, bad: str
) -> None:
    invalid, fields = BAD[bad]
    body: dict[str, Any] = {
        name: until(**value) if isinstance(value, dict) else value for name, value in invalid.items()
    }
    response = approve(api, waiting_job(api), **body)
    assert (response.status, response.json["code"]) == (422, "invalid_request"), response
    assert response.fields == fields
    matches_contract(response)
    assert len(listed(api)["items"]) == 1


def test_scope_requires_a_repository(api: FakeApi, until: Callable[..., str]) -> None:
    response = approve(api, waiting_job(api, repository=None), scope="repository", until=until(days=1))
    assert (response.status, response.fields) == (422, ["scope"])


# ------------------------------------------------------------------ the workspace


def test_standing_approval_is_listed_and_revoked(
    api: FakeApi, until: Callable[..., str], matches_contract: MatchesContract
) -> None:
    end = until(days=7)
    approved = approve(api, waiting_job(api), scope="repository", until=end).json["approval"]
    assert (approved["scope"], approved["standing"], approved["until"]) == (
        "repository",
        ASKED["capabilities"],
        end,
    )
    dry = api.send("POST", "/stitcher/dispatch", {**ASKED, "dryRun": True}).json["guard"]
    assert [(one["capability"], one["approvedBy"], one["until"]) for one in dry["standing"]] == [
        (name, "token:grace", end) for name in ASKED["capabilities"]
    ]

    listed = api.send("GET", "/workspaces/current").json
    first, second = listed["standingApprovals"]
    assert (first["profile"], first["repository"], first["reason"]) == ("weaver", "acme/shop", "fine")
    changed = api.send("PUT", "/workspaces/current", {**listed, "standingApprovals": [second]})
    matches_contract(changed)
    assert changed.json["standingApprovals"] == [second]
    after = api.send("POST", "/stitcher/dispatch", {**ASKED, "dryRun": True}).json["guard"]
    assert (after["decision"], after["refused"]) == ("approval_required", ["git:push"])


@pytest.mark.parametrize(
    "change", [{"until": {"days": 80}}, {"capability": "pr:merge"}, {"approvedBy": "token:x"}]
)
def test_put_cannot_add_standing_approvals(
    api: FakeApi, until: Callable[..., str], matches_contract: MatchesContract, change: dict[str, Any]
) -> None:
    approve(api, waiting_job(api), scope="repository", until=until(days=7))
    listed = api.send("GET", "/workspaces/current").json
    made_up = {name: until(**value) if isinstance(value, dict) else value for name, value in change.items()}
    forged = [*listed["standingApprovals"], {**listed["standingApprovals"][0], **made_up}]
    response = api.send("PUT", "/workspaces/current", {**listed, "standingApprovals": forged})
    assert (response.status, response.fields) == (422, ["standingApprovals"])
    matches_contract(response)


def test_put_keeps_omitted_approval_settings(api: FakeApi, until: Callable[..., str]) -> None:
    approve(api, waiting_job(api), scope="repository", until=until(days=7))
    seen = api.send("GET", "/workspaces/current").json
    settings = {"selfApproval": True, "approvalTimeoutSeconds": 600, "people": {"ada": ["token:ada"]}}
    listed = api.send("PUT", "/workspaces/current", {**seen, **settings}).json
    about = {*settings, "standingApprovals"}
    older = {name: value for name, value in listed.items() if name not in about}
    changed = api.send("PUT", "/workspaces/current", {**older, "name": "Renamed"}).json
    assert {name: changed[name] for name in about} == {name: listed[name] for name in about}
    assert {name: listed[name] for name in settings} == settings


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"approvalTimeoutSeconds": 59}, "approvalTimeoutSeconds"),
        ({"selfApproval": "yes"}, "selfApproval"),
        ({"people": {"ada": ["ada"]}}, "people.ada[0]"),
    ],
)
def test_invalid_approval_settings_are_rejected(api: FakeApi, change: dict[str, Any], field: str) -> None:
    seen = api.send("GET", "/workspaces/current").json
    response = api.send("PUT", "/workspaces/current", {**seen, **change})
    assert (response.status, response.fields) == (422, [field])
