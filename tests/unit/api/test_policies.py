"""Policies over the API: validation, listing and dry runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mosaic.access.model import Principal, Role
from mosaic.rails.policy import base_policies
from tests.fakes.api import ApiResponse, FakeApi

MatchesContract = Callable[[ApiResponse], None]
VIEWER = Principal(workspace_id="demo", token_id="eve", role=Role.VIEWER)
MEMBER = Principal(workspace_id="demo", token_id="bob", role=Role.MEMBER)
CURRENT = "/workspaces/current"
WRITE = 'action == Mosaic::Action::"code:write"'
CLOSED = f'@id("closed")\n@reason("closed for the move")\nforbid (principal, {WRITE}, resource);\n'
WATCHED = f'@id("watched")\n@reason("soon")\n@mode("observe")\nforbid (principal, {WRITE}, resource);\n'


def put(api: FakeApi, **changes: Any) -> ApiResponse:
    known = api.send("GET", CURRENT).json
    return api.send("PUT", CURRENT, {**known, **changes})


def dry_run(api: FakeApi, **fields: Any) -> Any:
    body = {"instructions": "mend it", "dryRun": True, "repository": "acme/shop", **fields}
    return api.send("POST", "/stitcher/dispatch", body, caller=MEMBER).json["guard"]


def test_invalid_policies_are_reported_by_line(api: FakeApi, matches_contract: MatchesContract) -> None:
    response = put(api, policies=CLOSED + "permit (principal);\n" + CLOSED)
    assert (response.status, response.json["code"]) == (422, "invalid_request")
    result = [error["message"] for error in response.json["errors"]]
    assert response.fields == ["policies", "policies"]
    assert result[0].startswith("line 4: ")
    assert result[1] == "line 5: its @id closed is also that of the policy in line 1"
    matches_contract(response)
    assert api.send("GET", CURRENT).json["policies"] == ""


def test_policy_may_name_new_job_types(api: FakeApi) -> None:
    named = CLOSED.replace(");\n", ') when { context.jobType == "audit" };\n')
    assert put(api, policies=named).fields == ["policies"]
    types = {**api.send("GET", CURRENT).json["jobTypes"], "audit": {"profile": "runner"}}
    assert put(api, policies=named, jobTypes=types).status == 200


def test_put_keeps_omitted_policies_and_people(api: FakeApi) -> None:
    assert put(api, policies=CLOSED, forgeMembers=["github:grace"]).status == 200
    known = api.send("GET", CURRENT).json
    older = {name: value for name, value in known.items() if name not in ("policies", "forgeMembers")}
    kept = api.send("PUT", CURRENT, {**older, "name": "Another"}).json
    assert (kept["policies"], kept["forgeMembers"]) == (CLOSED, ["github:grace"])
    assert put(api, policies="").json["policies"] == ""


def test_dry_run_uses_current_policies(api: FakeApi) -> None:
    assert dry_run(api, capabilities=["code:write"])["decision"] == "allow"
    put(api, policies=CLOSED)
    guard = dry_run(api, capabilities=["code:write"])
    assert (guard["decision"], guard["reasons"][0]["policy"]) == ("deny", "closed")
    assert guard["reasons"][0]["reason"] == "closed for the move"
    assert guard["policySet"] == base_policies().with_workspace_policies(CLOSED).digest
    put(api, policies=WATCHED)
    guard = dry_run(api, capabilities=["code:write"])
    assert guard["decision"] == "allow"
    assert guard["observed"] == [
        {"policy": "watched", "reason": "soon", "capability": "code:write", "would": "deny"}
    ]


def test_dry_run_uses_branch_and_paths(api: FakeApi) -> None:
    main = 'context.branch == "main" || context.paths.contains("infra/")'
    put(api, policies=CLOSED.replace(");\n", f") when {{ {main} }};\n"))
    decided = {
        dry_run(api, capabilities=["code:write"])["decision"],
        dry_run(api, capabilities=["code:write"], branch="main")["decision"],
        dry_run(api, capabilities=["code:write"], paths=["infra/main.tf"])["decision"],
    }
    assert decided == {"allow", "deny"}


def test_list_has_numbers_of_decisions(api: FakeApi, matches_contract: MatchesContract) -> None:
    put(api, policies=CLOSED.replace("code:write", "git:push") + WATCHED)
    for _ in range(2):
        created = api.send("POST", "/runner-jobs", {"type": "code-task", "instructions": "x"}, caller=MEMBER)
        assert created.status == 202
    api.deployment.run(5)
    response = api.send("GET", "/policies", caller=VIEWER)
    matches_contract(response)
    result = {policy["id"]: policy for policy in response.json["items"]}
    assert [result[name]["source"] for name in ("base.read", "closed", "watched")] == [
        "base",
        "workspace",
        "workspace",
    ]
    assert (result["base.read"]["decided"], result["closed"]["decided"], result["watched"]["decided"]) == (
        2,
        0,
        0,
    )
    assert (result["watched"]["wouldHave"], result["watched"]["mode"], result["watched"]["line"]) == (
        2,
        "observe",
        4,
    )
    assert result["closed"]["text"].endswith("resource);")
    assert response.json["jobs"] == 2
    assert list(result)[: len(base_policies().policies)] == [one.id for one in base_policies().policies]


@pytest.mark.parametrize("role", [Role.REPORTER, Role.RUNNER])
def test_list_requires_permission_to_read_jobs(api: FakeApi, role: Role) -> None:
    caller = Principal(workspace_id="demo", token_id="ci", role=role)
    assert api.send("GET", "/policies", caller=caller).status == 403


@pytest.mark.parametrize(
    ("role", "named"), [(Role.ADMIN, "admin"), (Role.MEMBER, "member")], ids=["admin", "member"]
)
def test_job_has_the_role_of_its_requester(api: FakeApi, role: Role, named: str) -> None:
    caller = Principal(workspace_id="demo", token_id="bob", role=role)
    fields = {"type": "git-status", "instructions": "x", "repository": "acme/shop"}
    job = api.send("POST", "/runner-jobs", fields, caller=caller).json
    assert job["source"]["role"] == named
    assert (job["branch"], job["paths"]) == (f"mosaic/{job['id']}", [])


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        (
            "branch",
            ["main", "release/2.1", "feature/#12", "a", "v1.0", "+main", "café"],
            [
                "",
                "HEAD",
                "refs/heads/main",
                "heads/main",
                "tags/v1",
                "-x",
                "/x",
                "x/",
                "a..b",
                "a//b",
                "a/.b",
                "a.lock",
                "a.lock/b",
                "a.",
                "a b",
                "main\n",
                "main:x",
                "a`b",
                "@",
                "a@{b",
                "x" * 256,
            ],
        ),
        (
            "paths",
            [[], ["src/app.py"], ["infra/"], ["a b/é.md", ".github/workflows/"]],
            [
                ["/etc"],
                ["../x"],
                ["a/../b"],
                ["a/.."],
                ["."],
                ["a//b"],
                [""],
                ["a\\b"],
                ["a\n"],
                ["a`b"],
                ["x" * 201],
                ["x"] * 51,
            ],
        ),
    ],
)
def test_branches_and_paths_follow_git_rules(
    field: str, good: list[Any], bad: list[Any], api: FakeApi, matches_contract: MatchesContract
) -> None:
    fields = {"type": "git-status", "instructions": "x"}
    for value in good:
        assert api.send("POST", "/runner-jobs", {**fields, field: value}).json[field] == value
    for value in bad:
        response = api.send("POST", "/runner-jobs", {**fields, field: value})
        assert response.status == 422, value
        assert response.fields[0].startswith(field)
        matches_contract(response)
