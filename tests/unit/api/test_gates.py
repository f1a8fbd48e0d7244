"""Gate rules, gate reports and reporter tokens over the API."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from mosaic.access.model import Principal, Role
from mosaic.jobs.states import Phase
from tests.fakes.api import FakeApi
from tests.fakes.simulated_deployment import COMMIT

REPORTER = Principal(workspace_id="demo", token_id="ci", role=Role.REPORTER, repositories=("acme/shop",))


def put(api: FakeApi, leave_out: str = "", **changes: Any) -> Any:
    """The response to a PUT of the current workspace with changes, without one field."""
    seen = api.send("GET", "/workspaces/current").json
    body = {name: value for name, value in {**seen, **changes}.items() if name != leave_out}
    return api.send("PUT", "/workspaces/current", body)


def rule(id: str, *types: str, **fields: Any) -> dict[str, Any]:
    return {"id": id, "appliesWhen": {"types": types or ["code-task"]}, **fields}


def validating(api: FakeApi, *, require_push: bool = False) -> str:
    """The id of a code-task whose run has ended."""
    assert put(api, requirePush=require_push).status == 200
    body = {"instructions": "Mend it", "repository": "acme/shop"}
    job_id: str = api.send("POST", "/stitcher/dispatch", body).json["id"]
    api.deployment.run_until(
        lambda: any(
            job.id == job_id and job.phase is Phase.VALIDATION for job in api.deployment.jobs.everything()
        )
    )
    return job_id


def report(api: FakeApi, job_id: str, gate: str, **fields: Any) -> Any:
    body = {"status": "passed", "commitSha": COMMIT, **fields}
    return api.send("PUT", f"/runner-jobs/{job_id}/gates/{gate}", body, caller=REPORTER)


def test_put_returns_the_stored_rules(api: FakeApi) -> None:
    [shown] = put(api, gates=[rule("test")]).json["gates"]
    assert shown == {
        "id": "test",
        "appliesWhen": {"types": ["code-task"], "repositories": ["*"], "labels": []},
        "passesWhen": [],
        "reporter": {"kind": "token", "provider": None, "context": None, "by": [], "paths": []},
        "timeoutSeconds": None,
        "mandatory": True,
    }


def test_push_is_required_unless_the_workspace_says_otherwise(api: FakeApi) -> None:
    assert api.send("GET", "/workspaces/current").json["requirePush"] is True
    assert put(api, requirePush=False).json["requirePush"] is False
    assert put(api, "requirePush").json["requirePush"] is False


def test_report_before_the_push_counts_after_it(api: FakeApi) -> None:
    job_id = validating(api, require_push=True)
    early = report(api, job_id, "test").json
    assert (early["gates"][3]["status"], early["commitSha"]) == ("PENDING", None)
    assert early["next"]["what"] == f"waiting for a push of the run's commit to the branch mosaic/{job_id}"
    [job] = api.deployment.jobs.everything()
    api.deployment.push(job)
    pushed = api.send("GET", f"/runner-jobs/{job_id}").json
    assert (pushed["commitSha"], pushed["commitBy"]) == (COMMIT, "push")
    assert pushed["gates"][3]["status"] == "PASSED"


def test_override_names_no_commit_before_its_push(api: FakeApi) -> None:
    job_id = validating(api, require_push=True)
    body = {"status": "forced", "reason": "we know", "commitSha": COMMIT}
    path = f"/runner-jobs/{job_id}/gates/test"
    other = Principal(workspace_id="demo", token_id="grace", role=Role.ADMIN)
    refused = api.send("PUT", path, body, caller=other)
    assert (refused.status, refused.json["code"]) == (409, "commit_mismatch")
    assert "no push to mosaic/" in refused.json["detail"]
    assert api.send("PUT", path, {**body, "commitSha": None}, caller=other).status == 200


def test_put_without_gates_keeps_them(api: FakeApi) -> None:
    put(api, gates=[rule("test", "code-task", "review"), rule("sign")])
    seen = api.send("GET", "/workspaces/current").json
    types = {name: known for name, known in seen["jobTypes"].items() if name != "code-task"}
    triggers: dict[str, Any] = dict.fromkeys(seen["triggers"], "review") | {"labels": {}}
    response = put(api, "gates", jobTypes=types, triggers=triggers)
    assert [(one["id"], one["appliesWhen"]["types"]) for one in response.json["gates"]] == [
        ("test", ["review"])
    ]


def test_rule_for_removed_type_is_rejected(api: FakeApi) -> None:
    seen = api.send("GET", "/workspaces/current").json
    types = {name: known for name, known in seen["jobTypes"].items() if name != "review"}
    response = put(api, jobTypes=types, gates=[rule("test", "review")])
    assert (response.status, response.fields) == (422, ["gates[0].appliesWhen.types[0]"])


@pytest.mark.parametrize(
    ("gate", "field"),
    [
        (rule("test", mandatory="yes"), "gates[0].mandatory"),
        (rule("test", timeoutSeconds=59), "gates[0].timeoutSeconds"),
        (rule("test", passesWhen=[{"number": "Line Rate", "atLeast": 1}]), "gates[0].passesWhen[0].number"),
        (rule("test", passesWhen=[{"number": "lines", "atLeast": True}]), "gates[0].passesWhen[0].atLeast"),
        (rule("test", reporter={"kind": "email"}), "gates[0].reporter.kind"),
        (rule("test", reporter={"kind": "token", "provider": "github"}), "gates[0].reporter.provider"),
        (rule("test", colour="green"), "gates[0].colour"),
        ({"id": "test"}, "gates[0].appliesWhen"),
    ],
)
def test_invalid_rule_names_the_field(api: FakeApi, gate: dict[str, Any], field: str) -> None:
    response = put(api, gates=[gate])
    assert (response.status, response.fields) == (422, [field])


@pytest.mark.parametrize(
    "numbers", [{"coverage": "85"}, {"coverage": True}, {"coverage": 1e16}, {"Coverage": 1}]
)
def test_invalid_numbers_are_rejected(api: FakeApi, numbers: dict[str, Any]) -> None:
    assert report(api, validating(api), "test", numbers=numbers).status == 422


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_infinite_number_is_rejected(api: FakeApi, number: str) -> None:
    fields = json.dumps({"status": "passed", "commitSha": COMMIT, "numbers": {"coverage": 0}})
    body = fields.replace('"coverage": 0', f'"coverage": {number}').encode()
    path = f"/runner-jobs/{validating(api)}/gates/test"
    assert api.send("PUT", path, body, caller=REPORTER).status in (400, 422)


@pytest.mark.parametrize(
    ("number", "status"), [(84.9, "FAILED"), (85, "PASSED"), (85.0, "PASSED"), (None, "ERROR")]
)
def test_threshold_applies_to_token_reports(api: FakeApi, number: float | None, status: str) -> None:
    put(api, gates=[rule("coverage", passesWhen=[{"number": "coverage", "atLeast": 85}])])
    numbers = {} if number is None else {"coverage": number}
    response = report(api, validating(api), "coverage", numbers=numbers)
    assert (response.status, response.json["gates"][0]["status"]) == (200, status)


@pytest.mark.parametrize("sha", [COMMIT[:12], COMMIT[:39], COMMIT.upper(), "main", COMMIT + "0"])
def test_short_commit_id_is_rejected(api: FakeApi, sha: str) -> None:
    response = report(api, validating(api), "test", commitSha=sha)
    assert (response.status, response.fields) == (422, ["commitSha"])


def test_sha_256_commit_id_is_accepted(api: FakeApi) -> None:
    assert report(api, validating(api), "test", commitSha="ab" * 32).json["commitSha"] == "ab" * 32


def test_changed_rules_keep_running_attempts(api: FakeApi) -> None:
    job_id = validating(api)
    put(api, gates=[])
    assert [gate["id"] for gate in api.send("GET", f"/runner-jobs/{job_id}").json["gates"]][:2] == [
        "build",
        "lint",
    ]
    body = {"instructions": "Mend it", "dryRun": True}
    assert api.send("POST", "/stitcher/dispatch", body).json["gates"] == []


def test_run_token_cannot_report_gates(api: FakeApi) -> None:
    job_id = validating(api)
    run = Principal(workspace_id="demo", role=Role.RUNNER, job_id=job_id, attempt=1)
    fields = {"status": "passed", "commitSha": COMMIT}
    refused = api.send("PUT", f"/runner-jobs/{job_id}/gates/test", fields, caller=run)
    assert (refused.status, refused.json["code"]) == (403, "forbidden")
    assert "runner" in refused.json["detail"]


@pytest.mark.parametrize(
    ("token_id", "creators", "self_approval", "status"),
    [
        ("ada", (), False, 403),
        ("new", ("token:ada",), False, 403),
        ("new", ("token:new0", "token:ada"), False, 403),
        ("eve", (), False, 200),
        ("eve", ("token:bob",), False, 200),
        ("ada", (), True, 200),
    ],
)
def test_requester_cannot_override_own_gate(
    api: FakeApi, token_id: str, creators: tuple[str, ...], self_approval: bool, status: int
) -> None:
    job_id = validating(api)
    put(api, selfApproval=self_approval)
    caller = Principal(workspace_id="demo", token_id=token_id, role=Role.ADMIN, creators=creators)
    body = {"status": "forced", "reason": "flaky"}
    response = api.send("PUT", f"/runner-jobs/{job_id}/gates/test", body, caller=caller)
    assert response.status == status
    if status == 403:
        assert response.json["code"] == "own_override"
        assert "another admin has to override its gate" in response.json["detail"]


@pytest.mark.parametrize(
    ("repositories", "status"),
    [(("acme/shop",), 200), (("*",), 200), (("acme/till",), 403), ((), 403)],
)
def test_report_needs_a_token_for_the_repository(
    api: FakeApi, repositories: tuple[str, ...], status: int
) -> None:
    job_id = validating(api)
    caller = REPORTER.model_copy(update={"repositories": repositories})
    body = {"status": "passed", "commitSha": COMMIT}
    response = api.send("PUT", f"/runner-jobs/{job_id}/gates/test", body, caller=caller)
    assert response.status == status
    if status == 403:
        assert response.json["code"] == "forbidden"
        assert "the job is of acme/shop; this token may report on jobs of" in response.json["detail"]
        assert api.send("GET", f"/runner-jobs/{job_id}").json["gates"][3]["status"] == "PENDING"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"role": "reporter"}, "repositories"),
        ({"role": "reporter", "repositories": []}, "repositories"),
        ({"role": "reporter", "repositories": ["*", "acme/shop"]}, "repositories"),
        ({"role": "reporter", "repositories": ["acme"]}, "repositories[0]"),
        ({"role": "member", "repositories": ["acme/shop"]}, "repositories"),
        ({"role": "viewer", "expiresAt": "2028-01-31T12:00:00Z"}, "expiresAt"),
        ({"role": "admin", "expiresAt": "2027-04-01T12:00:00Z"}, "expiresAt"),
    ],
)
def test_invalid_token_names_the_field(api: FakeApi, fields: dict[str, Any], field: str) -> None:
    response = api.send("POST", "/tokens", {"name": "CI", **fields})
    assert (response.status, response.fields) == (422, [field])


def test_token_shows_repositories_and_default_expiry(api: FakeApi) -> None:
    body = {"name": "CI", "role": "reporter", "repositories": ["acme/shop"]}
    created = api.send("POST", "/tokens", body).json
    assert created["repositories"] == ["acme/shop"]
    assert datetime.fromisoformat(created["expiresAt"]) == api.deployment.clock() + timedelta(days=365)


def test_token_for_unknown_gate_is_rejected(api: FakeApi) -> None:
    body = {"name": "CI", "role": "reporter", "gates": ["build", "moon"], "repositories": ["*"]}
    refused = api.send("POST", "/tokens", body)
    assert (refused.status, refused.fields) == (422, ["gates[1]"])
    assert "build, coverage, lint" in refused.json["detail"]
    put(api, gates=[])
    refused = api.send("POST", "/tokens", body)
    assert refused.json["detail"] == "gates[0] is unknown: the workspace has no gates"
