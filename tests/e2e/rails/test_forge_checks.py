"""Gates by forges: statuses and check runs prove what the workspace's rules ask, on the branch's newest commit."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count

import pytest

from tests.e2e.support.http_client import Json, Web
from tests.e2e.support.tenants import COMMIT, OTHER_COMMIT, Tenant
from tests.e2e.support.webhook_deliveries import Delivery, payload_of, signed

NOTHING = "0" * 40
CODE = {"types": ["code-task"]}
_numbers = count(1)


def status(provider: str, tenant: Tenant, context: str, state: str, **fields: object) -> Delivery:
    """A commit status, each newer than the one before."""
    told = {"commit": COMMIT, "description": None, "branch": "main", **fields}
    payload = payload_of(provider, "status", tenant.repository)
    payload |= {"id": next(_numbers), "context": context, "state": state, "sha": told["commit"]}
    payload |= {"description": told["description"]}
    if provider == "github":
        payload["branches"] = [{"name": told["branch"], "commit": {"sha": told["commit"]}}]
    return signed(provider, "status", payload)


def check_run(
    tenant: Tenant, name: str, conclusion: str | None, title: str = "", commit: str = COMMIT
) -> Delivery:
    """A check run that has begun, or ended with this conclusion."""
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
    return signed("github", "check_run", payload)


def push(provider: str, tenant: Tenant, job_id: str, after: str = COMMIT, before: str = NOTHING) -> Delivery:
    """The agent pushes to its job's branch."""
    payload = payload_of(provider, "push", tenant.repository)
    payload |= {"ref": f"refs/heads/mosaic/{job_id}", "before": before, "after": after}
    return signed(provider, "push", payload)


def rule(id: str, kind: str, provider: str, context: str, **fields: object) -> Json:
    return {
        "id": id,
        "appliesWhen": CODE,
        "reporter": {"kind": kind, "provider": provider, "context": context},
        **fields,
    }


@pytest.fixture
def ruled(tenant: Tenant) -> Callable[..., Tenant]:
    """The tenant with these gate rules."""

    def make(*rules: Json) -> Tenant:
        seen = tenant.admin.get("/workspaces/current").ok()
        tenant.admin.put("/workspaces/current", {**seen, "gates": list(rules)}).ok()
        return tenant

    return make


COVERED = {"passesWhen": [{"number": "coverage", "atLeast": 85}]}


def test_a_status_and_a_check_run_of_github_complete_a_job(ruled: Callable[..., Tenant], web: Web) -> None:
    tenant = ruled(
        rule("lint", "status", "github", "ci/lint"),
        rule("cover", "check_run", "github", "coverage", **COVERED),
    )
    job_id = tenant.validating()
    told = push("github", tenant, job_id).send(web).ok()
    assert (told["jobId"], told["duplicate"]) == (job_id, False)
    assert tenant.job(job_id)["commitSha"] == COMMIT

    check_run(tenant, "coverage", None).send(web).ok()
    assert status("github", tenant, "ci/lint", "pending").send(web).ok()["status"] == "RUNNING"
    passed = status("github", tenant, "ci/lint", "success")
    assert passed.send(web).ok()["duplicate"] is False
    assert passed.replayed().send(web).ok()["duplicate"] is True
    told = check_run(tenant, "coverage", "success", "coverage: 85%").send(web).ok()
    assert (told["jobId"], told["status"]) == (job_id, "COMPLETED")
    job = tenant.job(job_id)
    assert [(gate["id"], gate["status"]) for gate in job["gates"]] == [
        ("lint", "PASSED"),
        ("cover", "PASSED"),
    ]
    assert job["gates"][1]["numbers"] == {"coverage": 85.0}
    assert tenant.types(job_id)[-2:] == ["gate.passed", "job.completed"]


def test_a_status_of_gitea_completes_a_job(ruled: Callable[..., Tenant], web: Web) -> None:
    tenant = ruled(rule("test", "status", "gitea", "ci / test (push)"))
    job_id = tenant.validating()
    early = status("gitea", tenant, "ci / test (push)", "success").send(web).ok()
    assert "no job" in early["ignored"]
    push("gitea", tenant, job_id).send(web).ok()
    told = status("gitea", tenant, "ci / test (push)", "success").send(web).ok()
    assert (told["jobId"], told["status"]) == (job_id, "COMPLETED")


def test_just_below_the_threshold_is_failed_and_says_so(ruled: Callable[..., Tenant], web: Web) -> None:
    tenant = ruled(rule("cover", "check_run", "github", "coverage", **COVERED))
    job_id = tenant.validating()
    push("github", tenant, job_id).send(web).ok()
    assert check_run(tenant, "coverage", "success", "no number").send(web).ok()["status"] == "RUNNING"
    gate = tenant.job(job_id)["gates"][0]
    assert (gate["status"], "lacks the number coverage" in gate["details"]) == ("ERROR", True)

    told = check_run(tenant, "coverage", "success", "coverage: 84.9%").send(web).ok()
    assert told["status"] == "FAILED"
    job = tenant.job(job_id)
    assert job["error"]["code"] == "gate_failed"
    assert "coverage is 84.9, should be at least 85" in job["gates"][0]["details"]
    better = check_run(tenant, "coverage", "success", "coverage: 99%").send(web).ok()
    assert "FAILED" in better["ignored"]
    assert tenant.job(job_id)["version"] == job["version"]


def test_a_newer_commit_has_to_be_proven_anew(ruled: Callable[..., Tenant], web: Web) -> None:
    tenant = ruled(rule("lint", "status", "github", "lint"), rule("test", "status", "github", "test"))
    job_id = tenant.validating()
    branch = f"mosaic/{job_id}"
    told = status("github", tenant, "lint", "success", branch=branch).send(web).ok()
    assert (told["jobId"], tenant.job(job_id)["commitSha"]) == (job_id, COMMIT)
    push("github", tenant, job_id, OTHER_COMMIT, COMMIT).send(web).ok()
    job = tenant.job(job_id)
    assert (job["commitSha"], job["gates"][0]["status"]) == (OTHER_COMMIT, "PENDING")

    late = status("github", tenant, "test", "success", branch=branch).send(web).ok()
    assert OTHER_COMMIT in late["ignored"]
    for context in ("lint", "test"):
        status("github", tenant, context, "success", commit=OTHER_COMMIT).send(web).ok()
    assert tenant.job(job_id)["status"] == "COMPLETED"


def test_a_check_is_the_only_reporter_of_its_gate(ruled: Callable[..., Tenant], web: Web) -> None:
    tenant = ruled(rule("test", "status", "github", "ci/test"), {"id": "lint", "appliesWhen": CODE})
    job_id = tenant.validating()
    push("github", tenant, job_id).send(web).ok()
    said = {"status": "passed", "commitSha": COMMIT}
    for caller in (tenant.reporter, tenant.admin):
        refused = caller.put(f"/runner-jobs/{job_id}/gates/test", said).refused(403, "wrong_reporter")
        assert "the github status ci/test" in refused["detail"]
    other = status("github", tenant, "lint", "success").send(web).ok()
    assert "fed by this check" in other["ignored"]
    tenant.report(job_id, "lint")
    assert status("github", tenant, "ci/test", "success").send(web).ok()["status"] == "COMPLETED"


def test_another_workspaces_webhook_proves_nothing(
    ruled: Callable[..., Tenant], new_tenant: Callable[..., Tenant], web: Web
) -> None:
    tenant, other = ruled(rule("test", "status", "github", "ci/test")), new_tenant()
    job_id = tenant.validating()
    push("github", tenant, job_id).send(web).ok()
    for delivery in (
        status("github", other, "ci/test", "success", branch=f"mosaic/{job_id}"),
        push("github", other, job_id, OTHER_COMMIT, COMMIT),
    ):
        assert "no job" in delivery.send(web).ok()["ignored"]
    assert tenant.job(job_id)["commitSha"] == COMMIT
    assert tenant.job(job_id)["gates"][0]["status"] == "PENDING"


def test_a_dry_run_says_where_each_report_would_come_from(ruled: Callable[..., Tenant]) -> None:
    tenant = ruled(
        rule("cover", "check_run", "github", "coverage", timeoutSeconds=7200, **COVERED),
        {"id": "lint", "appliesWhen": CODE, "mandatory": False},
    )
    for name, gates in (("CI", []), ("linter", ["lint"]), ("other", ["cover"])):
        tenant.admin.post("/tokens", {"name": name, "role": "reporter", "gates": gates}).ok(201)
    tenant.admin.post("/tokens", {"name": "looker-on", "role": "viewer"}).ok(201)
    asked = {"instructions": "mend the lamp", "repository": tenant.repository, "dryRun": True}
    cover, lint = tenant.member.post("/stitcher/dispatch", asked).ok()["gates"]
    assert cover["reporter"] == {"kind": "check_run", "provider": "github", "context": "coverage", "by": []}
    assert (cover["tokens"], cover["timeoutSeconds"], cover["mandatory"]) == ([], 7200, True)
    assert cover["passesWhen"] == [{"number": "coverage", "atLeast": 85.0, "atMost": None}]
    assert (lint["reporter"]["kind"], lint["mandatory"]) == ("token", False)
    assert {"CI", "linter"} <= set(lint["tokens"])
    assert set(lint["tokens"]).isdisjoint({"other", "looker-on"})
