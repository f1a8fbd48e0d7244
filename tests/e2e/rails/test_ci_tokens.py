"""Gates reported with the CI's own OIDC token, and the gate that Mosaic reports itself."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.e2e.support.http_client import Caller, HttpClient, Json
from tests.e2e.support.oidc_issuer import HttpIssuer
from tests.e2e.support.tenants import COMMIT, OTHER_COMMIT, Tenant
from tests.e2e.support.webhook_deliveries import payload_of, signed_delivery

WORKFLOW = "acme/ci/.github/workflows/gates.yml@refs/heads/main"
CODE = {"types": ["code-task"]}
OIDC_GATE = {"id": "test", "appliesWhen": CODE, "reporter": {"kind": "oidc", "by": [WORKFLOW]}}


def configured(tenant: Tenant, **changes: Any) -> Tenant:
    workspace = tenant.admin.get("/workspaces/current").ok()
    tenant.admin.put("/workspaces/current", {**workspace, **changes}).ok()
    return tenant


@pytest.fixture
def trusting(tenant: Tenant, ci_issuer: HttpIssuer) -> Tenant:
    """A tenant that trusts the workflow of the CI, with one gate that only its token reports."""
    trusted = {
        "issuer": ci_issuer.url,
        "audience": f"mosaic:{tenant.id}",
        "repositories": [tenant.repository],
        "jobWorkflowRefs": [WORKFLOW],
    }
    return configured(tenant, ciIssuers=[trusted], gates=[OIDC_GATE])


@pytest.fixture
def ci(trusting: Tenant, ci_issuer: HttpIssuer, http: HttpClient) -> Callable[..., Caller]:
    """Returns a caller with a token of the CI, for the workflow's run on COMMIT."""

    def make(**changes: object) -> Caller:
        usual = {
            "aud": f"mosaic:{trusting.id}",
            "repository": trusting.repository,
            "repository_id": "74",
            "sha": COMMIT,
            "ref": "refs/heads/mosaic/1",
            "job_workflow_ref": WORKFLOW,
            "event_name": "push",
            "mosaic_workspace": None,
            "mosaic_role": None,
        }
        return Caller(http, ci_issuer.sign(ci_issuer.claims(datetime.now(UTC), **{**usual, **changes})))

    return make


def push(tenant: Tenant, job: Json, **changes: object) -> Json:
    """Delivers the push that made the job's branch, with one commit; returns the answer."""
    payload = payload_of("github", "push", tenant.repository)
    payload |= {"ref": f"refs/heads/{job['branch']}", "before": "0" * 40, "after": COMMIT, "forced": False}
    payload["commits"] = [{"id": COMMIT, "added": ["a.py"], "modified": [], "removed": []}]
    return {**payload, **changes}


def test_ci_reports_with_its_own_token(trusting: Tenant, ci: Callable[..., Caller], http: HttpClient) -> None:
    job_id = trusting.job_in_validation()
    signed_delivery("github", "push", push(trusting, trusting.job(job_id))).send(http).ok()
    path, body = f"/runner-jobs/{job_id}/gates/test", {"status": "passed", "commitSha": COMMIT}

    me = ci().get("/me").ok()
    assert (me["actor"], me["role"]) == (f"oidc-ci:{WORKFLOW}", "reporter")
    assert me["repositories"] == [trusting.repository]
    ci(aud="mosaic:nowhere").put(path, body).refused(401, "unauthorized")
    own_workflow = f"{trusting.repository}/.github/workflows/gates.yml@refs/heads/mosaic/{job_id}"
    ci(job_workflow_ref=own_workflow).put(path, body).refused(401, "unauthorized")
    ci(repository="evil/shop").put(path, body).refused(401, "unauthorized")
    refused = ci(sha=OTHER_COMMIT).put(path, body).refused(403, "forbidden")
    assert "the commit that its workflow ran for" in refused["detail"]
    for caller in (trusting.reporter, trusting.admin):
        refused = caller.put(path, body).refused(403, "wrong_reporter")
        assert "the CI's OIDC token" in refused["detail"]
    job = ci().put(path, body).ok()
    assert (job["status"], job["gates"][0]["reportedBy"]) == ("COMPLETED", f"oidc-ci:{WORKFLOW}")


def test_issuer_must_be_allowed_by_the_operator(trusting: Tenant) -> None:
    workspace = trusting.admin.get("/workspaces/current").ok()
    (trusted,) = workspace["ciIssuers"]
    evil = {**workspace, "ciIssuers": [{**trusted, "issuer": "https://evil.test"}]}
    response = trusting.admin.put("/workspaces/current", evil).refused(422, "invalid_request")
    assert response["errors"][0]["field"] == "ciIssuers[0].issuer"


@pytest.mark.parametrize(
    ("changed", "status"), [("src/a.py", "COMPLETED"), (".github/workflows/ci.yml", "FAILED")]
)
def test_change_of_a_workflow_fails_the_job(
    tenant: Tenant, http: HttpClient, changed: str, status: str
) -> None:
    grant = {"profile": "weaver", "capability": "git:push", "repository": tenant.repository}
    gate = {"id": "workflow-unchanged", "appliesWhen": CODE, "reporter": {"kind": "mosaic"}}
    configured(tenant, grants=[grant], gates=[gate], requirePush=True)
    job_id = tenant.create(type="code-task", repository=tenant.repository, capabilities=["git:push"])["id"]
    job = tenant.wait_for(job_id, "RUNNING", "VALIDATION")
    tenant.admin.put(
        f"/runner-jobs/{job_id}/gates/workflow-unchanged", {"status": "passed", "commitSha": COMMIT}
    ).refused(403, "wrong_reporter")
    commits = [{"id": COMMIT, "added": [], "modified": [changed], "removed": []}]
    answer = signed_delivery("github", "push", push(tenant, job, commits=commits)).send(http).ok()
    assert (answer["jobId"], answer["status"]) == (job_id, status)
    (shown,) = tenant.job(job_id)["gates"]
    assert shown["reportedBy"] == "mosaic"
    assert (changed in (shown["details"] or "")) is (status == "FAILED")
