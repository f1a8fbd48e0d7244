"""Gates reported by forges: statuses and check runs on the branch's newest commit."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count

import pytest

from tests.e2e.support.http_client import HttpClient, Json
from tests.e2e.support.tenants import COMMIT, OTHER_COMMIT, Tenant
from tests.e2e.support.webhook_deliveries import Delivery, payload_of, signed_delivery

NOTHING = "0" * 40
CODE = {"types": ["code-task"]}
REPORTERS = {
    ("status", "github"): "ada-lightkeeper",
    ("check_run", "github"): "github-actions",
    ("status", "gitea"): "gitea-actions",
}
"""The reporters of the recorded payloads."""
_numbers = count(1)


def status(provider: str, tenant: Tenant, context: str, state: str, **fields: object) -> Delivery:
    """Returns a commit status, newer than the previous ones."""
    values = {"commit": COMMIT, "description": None, "branch": "main", **fields}
    payload = payload_of(provider, "status", tenant.repository)
    payload |= {"id": next(_numbers), "context": context, "state": state, "sha": values["commit"]}
    payload |= {"description": values["description"]}
    if provider == "github":
        payload["branches"] = [{"name": values["branch"], "commit": {"sha": values["commit"]}}]
    return signed_delivery(provider, "status", payload)


def check_run(
    tenant: Tenant, name: str, conclusion: str | None, title: str = "", commit: str = COMMIT
) -> Delivery:
    """Returns a check run that has started, or ended with this conclusion."""
    payload = payload_of("github", "check_run.completed", tenant.repository)
    ended = datetime.now(UTC).isoformat(timespec="seconds") if conclusion else None
    payload["action"] = "completed" if conclusion else "created"
    payload["check_run"] |= {
        "id": next(_numbers),
        "name": name,
        "head_sha": commit,
        "status": "completed" if conclusion else "in_progress",
        "conclusion": conclusion,
        "completed_at": ended,
    }
    payload["check_run"]["output"]["title"] = title
    return signed_delivery("github", "check_run", payload)


def push(
    provider: str,
    tenant: Tenant,
    job_id: str,
    after: str = COMMIT,
    before: str = NOTHING,
    branch: str | None = None,
) -> Delivery:
    """Returns the delivery for a push of the agent to its job's branch."""
    payload = payload_of(provider, "push", tenant.repository)
    payload |= {"ref": f"refs/heads/{branch or f'mosaic/{job_id}'}", "before": before, "after": after}
    return signed_delivery(provider, "push", payload)


def rule(id: str, kind: str, provider: str, context: str, **fields: object) -> Json:
    return {
        "id": id,
        "appliesWhen": CODE,
        "reporter": {
            "kind": kind,
            "provider": provider,
            "context": context,
            "by": [REPORTERS[kind, provider]],
        },
        **fields,
    }


@pytest.fixture
def with_gates(tenant: Tenant) -> Callable[..., Tenant]:
    """Returns the tenant with these gate rules."""

    def make(*rules: Json, **fields: object) -> Tenant:
        workspace = tenant.admin.get("/workspaces/current").ok()
        tenant.admin.put("/workspaces/current", {**workspace, "gates": list(rules), **fields}).ok()
        return tenant

    return make


COVERED = {"passesWhen": [{"number": "coverage", "atLeast": 85}]}


def test_github_checks_complete_the_job(with_gates: Callable[..., Tenant], http: HttpClient) -> None:
    tenant = with_gates(
        rule("lint", "status", "github", "ci/lint"),
        rule("cover", "check_run", "github", "coverage", **COVERED),
    )
    job_id = tenant.job_in_validation()
    response = push("github", tenant, job_id).send(http).ok()
    assert (response["jobId"], response["duplicate"]) == (job_id, False)
    assert tenant.job(job_id)["commitSha"] == COMMIT

    check_run(tenant, "coverage", None).send(http).ok()
    assert status("github", tenant, "ci/lint", "pending").send(http).ok()["status"] == "RUNNING"
    passed = status("github", tenant, "ci/lint", "success")
    assert passed.send(http).ok()["duplicate"] is False
    assert passed.redelivered().send(http).ok()["duplicate"] is True
    response = check_run(tenant, "coverage", "success", "coverage: 85%").send(http).ok()
    assert (response["jobId"], response["status"]) == (job_id, "COMPLETED")
    job = tenant.job(job_id)
    assert [(gate["id"], gate["status"]) for gate in job["gates"]] == [
        ("lint", "PASSED"),
        ("cover", "PASSED"),
    ]
    assert job["gates"][1]["numbers"] == {"coverage": 85.0}
    assert tenant.event_types(job_id)[-2:] == ["gate.passed", "job.completed"]


def test_job_waits_for_the_push_of_the_named_commit(
    with_gates: Callable[..., Tenant], http: HttpClient
) -> None:
    """The run names a commit whose checks pass: on its own that completes no job."""
    tenant = with_gates(rule("lint", "status", "github", "ci/lint"), requirePush=True)
    task = {"instructions": f"COMMIT={COMMIT}", "branch": "release-1.0", "repository": tenant.repository}
    job_id = tenant.create(type="code-task", **task)["id"]
    tenant.wait_for(job_id, "RUNNING", "VALIDATION")
    for branch in ("main", "release-1.0"):
        status("github", tenant, "ci/lint", "success", branch=branch).send(http).ok()
    job = tenant.job(job_id)
    assert (job["commitSha"], job["result"]["commitSha"]) == (None, COMMIT)
    assert job["next"]["what"] == "waiting for a push of the run's commit to the branch release-1.0"
    push("github", tenant, job_id, branch="release-1.0").send(http).ok()
    done = tenant.wait_for(job_id, "COMPLETED")
    assert (done["commitSha"], done["commitBy"]) == (COMMIT, "push")


def test_gitea_status_completes_the_job(with_gates: Callable[..., Tenant], http: HttpClient) -> None:
    tenant = with_gates(rule("test", "status", "gitea", "ci / test (push)"))
    job_id = tenant.job_in_validation()
    early = status("gitea", tenant, "ci / test (push)", "success").send(http).ok()
    assert "no job" in early["ignored"]
    push("gitea", tenant, job_id).send(http).ok()
    response = status("gitea", tenant, "ci / test (push)", "success").send(http).ok()
    assert (response["jobId"], response["status"]) == (job_id, "COMPLETED")


def test_number_below_threshold_fails_the_gate(with_gates: Callable[..., Tenant], http: HttpClient) -> None:
    tenant = with_gates(rule("cover", "check_run", "github", "coverage", **COVERED))
    job_id = tenant.job_in_validation()
    push("github", tenant, job_id).send(http).ok()
    assert check_run(tenant, "coverage", "success", "no number").send(http).ok()["status"] == "RUNNING"
    gate = tenant.job(job_id)["gates"][0]
    assert (gate["status"], "has no number coverage" in gate["details"]) == ("ERROR", True)

    response = check_run(tenant, "coverage", "success", "coverage: 84.9%").send(http).ok()
    assert response["status"] == "FAILED"
    job = tenant.job(job_id)
    assert job["error"]["code"] == "gate_failed"
    assert "coverage is 84.9, should be at least 85" in job["gates"][0]["details"]
    better = check_run(tenant, "coverage", "success", "coverage: 99%").send(http).ok()
    assert "FAILED" in better["ignored"]
    assert tenant.job(job_id)["version"] == job["version"]


def test_newer_commit_resets_gates(with_gates: Callable[..., Tenant], http: HttpClient) -> None:
    tenant = with_gates(rule("lint", "status", "github", "lint"), rule("test", "status", "github", "test"))
    job_id = tenant.job_in_validation()
    branch = f"mosaic/{job_id}"
    response = status("github", tenant, "lint", "success", branch=branch).send(http).ok()
    assert (response["jobId"], tenant.job(job_id)["commitSha"]) == (job_id, COMMIT)
    push("github", tenant, job_id, OTHER_COMMIT, COMMIT).send(http).ok()
    job = tenant.job(job_id)
    assert (job["commitSha"], job["gates"][0]["status"]) == (OTHER_COMMIT, "PENDING")

    late = status("github", tenant, "test", "success", branch=branch).send(http).ok()
    assert OTHER_COMMIT in late["ignored"]
    for context in ("lint", "test"):
        status("github", tenant, context, "success", commit=OTHER_COMMIT).send(http).ok()
    assert tenant.job(job_id)["status"] == "COMPLETED"


def test_check_is_the_only_reporter_of_its_gate(with_gates: Callable[..., Tenant], http: HttpClient) -> None:
    tenant = with_gates(rule("test", "status", "github", "ci/test"), {"id": "lint", "appliesWhen": CODE})
    job_id = tenant.job_in_validation()
    push("github", tenant, job_id).send(http).ok()
    body = {"status": "passed", "commitSha": COMMIT}
    for caller in (tenant.reporter, tenant.admin):
        refused = caller.put(f"/runner-jobs/{job_id}/gates/test", body).refused(403, "wrong_reporter")
        assert "the github status ci/test" in refused["detail"]
    other = status("github", tenant, "lint", "success").send(http).ok()
    assert "reported by this check" in other["ignored"]
    tenant.report_gate(job_id, "lint")
    assert status("github", tenant, "ci/test", "success").send(http).ok()["status"] == "COMPLETED"


def test_foreign_webhook_does_not_report_gates(
    with_gates: Callable[..., Tenant], new_tenant: Callable[..., Tenant], http: HttpClient
) -> None:
    tenant, other = with_gates(rule("test", "status", "github", "ci/test")), new_tenant()
    job_id = tenant.job_in_validation()
    push("github", tenant, job_id).send(http).ok()
    for delivery in (
        status("github", other, "ci/test", "success", branch=f"mosaic/{job_id}"),
        push("github", other, job_id, OTHER_COMMIT, COMMIT),
    ):
        assert "no job" in delivery.send(http).ok()["ignored"]
    assert tenant.job(job_id)["commitSha"] == COMMIT
    assert tenant.job(job_id)["gates"][0]["status"] == "PENDING"


def test_dry_run_lists_reporters_of_gates(with_gates: Callable[..., Tenant]) -> None:
    tenant = with_gates(
        rule("cover", "check_run", "github", "coverage", timeoutSeconds=7200, **COVERED),
        {"id": "lint", "appliesWhen": CODE, "mandatory": False},
    )
    for name, gates in (("CI", []), ("linter", ["lint"]), ("other", ["cover"])):
        token = {"name": name, "role": "reporter", "gates": gates, "repositories": [tenant.repository]}
        tenant.admin.post("/tokens", token).ok(201)
    elsewhere = {"name": "elsewhere", "role": "reporter", "repositories": ["acme/other"]}
    tenant.admin.post("/tokens", elsewhere).ok(201)
    tenant.admin.post("/tokens", {"name": "looker-on", "role": "viewer"}).ok(201)
    body = {"instructions": "mend the lamp", "repository": tenant.repository, "dryRun": True}
    cover, lint = tenant.member.post("/stitcher/dispatch", body).ok()["gates"]
    assert cover["reporter"] == {
        "kind": "check_run",
        "provider": "github",
        "context": "coverage",
        "by": ["github-actions"],
        "paths": [],
    }
    assert (cover["tokens"], cover["timeoutSeconds"], cover["mandatory"]) == ([], 7200, True)
    assert cover["passesWhen"] == [{"number": "coverage", "atLeast": 85.0, "atMost": None}]
    assert (lint["reporter"]["kind"], lint["mandatory"]) == ("token", False)
    assert {"CI", "linter"} <= set(lint["tokens"])
    assert set(lint["tokens"]).isdisjoint({"other", "looker-on", "elsewhere"})
