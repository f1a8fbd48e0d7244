"""Guard rails: the agent's capabilities are decided outside the agent, and shown before the dispatch."""

from tests.e2e.support.gateway_switch import GatewaySwitch
from tests.e2e.support.http_client import HttpClient, Json
from tests.e2e.support.tenants import GATES, NewTenant, Tenant
from tests.e2e.support.webhook_deliveries import comment, new_number

WEAVER_TOOLS = ["apply_patch", "edit", "read", "write"]
REASON = {"reason": "release day"}


def _dispatch(tenant: Tenant, **fields: object) -> Json:
    return tenant.admin.post("/stitcher/dispatch", {"instructions": "mend the lamp", **fields}).ok(202)


def test_dry_run_creates_no_job(tenant: Tenant, gateway: GatewaySwitch) -> None:
    body = {"instructions": "mend the lamp", "repository": tenant.repository, "dryRun": True}
    response = tenant.member.post("/stitcher/dispatch", body).ok()
    assert sorted(response) == ["agent", "gates", "guard", "tools"]
    assert (response["agent"], response["tools"]) == ("weaver", WEAVER_TOOLS)
    assert response["guard"]["decision"] == "allow"
    assert [gate["id"] for gate in response["gates"]] == list(GATES)
    assert tenant.newest_job_ids() == []
    assert gateway.runs("dry-run") == []


def test_dry_run_explains_decisions(tenant: Tenant) -> None:
    cases = {
        ("inspector", "code:write"): ("deny", "base.inspector-validates"),
        ("weaver", "git:push"): ("approval_required", "base.execute"),
        ("weaver", "pr:merge"): ("deny", "base.admin-needs-both"),
        ("weaver", "code:write"): ("allow", "base.prepare"),
        ("runner", "net:egress"): ("deny", "base.runner-reads"),
    }
    for (profile, capability), (decision, policy) in cases.items():
        body = {"instructions": "x", "profile": profile, "capabilities": [capability], "dryRun": True}
        guard = tenant.member.post("/stitcher/dispatch", body).ok()["guard"]
        reasons = [reason["policy"] for reason in guard["reasons"] if reason["capability"] == capability]
        assert (guard["decision"], reasons) == (decision, [policy])
    assert tenant.newest_job_ids() == []


def test_dispatch_uses_tools_of_the_profile(tenant: Tenant, gateway: GatewaySwitch) -> None:
    job_id = _dispatch(tenant, type="review")["id"]
    job = tenant.wait_for(job_id, "COMPLETED")
    assert (job["profile"], job["source"]["kind"], job["guard"]["tools"]) == (
        "inspector",
        "dispatch",
        ["read"],
    )
    assert gateway.model_call_count(job_id) == 1


def test_execute_capability_waits_for_other_admin(tenant: Tenant, gateway: GatewaySwitch) -> None:
    wanted = ["git:push", "shell:execute"]
    job_id = _dispatch(tenant, capabilities=wanted)["id"]
    job = tenant.wait_for(job_id, "PENDING")
    assert (job["waiting"], job["guard"]["decision"]) == ("approval", "approval_required")
    assert job["guard"]["refused"] == wanted
    assert gateway.runs(job_id) == []

    approve = f"/runner-jobs/{job_id}/approve"
    tenant.member.post(approve, REASON).refused(403, "forbidden")
    tenant.admin.post(approve, REASON).refused(403, "own_approval")
    assert tenant.job(job_id)["status"] == "PENDING"

    assert tenant.second_admin.post(approve, REASON).ok(202)["status"] == "QUEUED"
    tenant.second_admin.post(approve, REASON).ok(200)
    tenant.second_admin.post(approve, {"reason": "another"}).refused(409, "illegal_state")
    job = tenant.wait_for(job_id, "RUNNING", "VALIDATION")
    assert set(wanted) <= set(job["guard"]["capabilities"])
    assert job["guard"]["tools"] == sorted([*WEAVER_TOOLS, "exec", "process"])
    [run] = gateway.runs(job_id)
    assert run["payload"]["toolsAllow"] == job["guard"]["tools"]
    assert (job["approval"]["reason"], job["approval"]["capabilities"]) == ("release day", wanted)

    types = tenant.event_types(job_id)
    story = ["job.created", "job.approval_required", "job.approved", "dispatch.accepted"]
    assert [event_type for event_type in types if event_type in story] == story


def test_denied_approval_fails_the_job(tenant: Tenant, gateway: GatewaySwitch) -> None:
    job_id = _dispatch(tenant, capabilities=["git:push"])["id"]
    tenant.wait_for(job_id, "PENDING")
    job = tenant.second_admin.post(f"/runner-jobs/{job_id}/deny", {"reason": "not today"}).ok()
    assert (job["status"], job["error"]["code"]) == ("FAILED", "approval_denied")
    assert tenant.event_types(job_id)[-2:] == ["job.denied", "job.failed"]
    assert gateway.runs(job_id) == []


def test_grant_replaces_approval(new_tenant: NewTenant) -> None:
    tenant = new_tenant(grants=[{"profile": "weaver", "capability": "git:push"}])
    job_id = _dispatch(tenant, capabilities=["git:push"])["id"]
    assert "git:push" in tenant.wait_for(job_id, "RUNNING")["guard"]["capabilities"]


def test_denied_job_is_never_dispatched(tenant: Tenant, gateway: GatewaySwitch) -> None:
    job_id = _dispatch(tenant, profile="inspector", capabilities=["code:write"])["id"]
    job = tenant.wait_for(job_id, "FAILED")
    assert job["error"]["code"] == "denied"
    assert (
        "base.inspector-validates: profile inspector only validates and writes nothing"
        in job["error"]["title"]
    )
    assert job["guard"]["decision"] == "deny"
    assert {reason["policy"] for reason in job["guard"]["reasons"]} >= {"base.inspector-validates"}
    assert not {"dispatch.accepted", "job.started"} & set(tenant.event_types(job_id))
    assert gateway.runs(job_id) == []


def test_invalid_policy_is_refused_by_line(tenant: Tenant) -> None:
    workspace = tenant.admin.get("/workspaces/current").ok()
    closed = (
        '@id("closed")\n@reason("closed for the move")\n'
        'forbid (principal, action == Mosaic::Action::"code:write", resource);\n'
    )
    invalid = tenant.admin.put("/workspaces/current", {**workspace, "policies": closed + "permit (principal"})
    [error] = invalid.refused(422, "invalid_request")["errors"]
    assert error == {"field": "policies", "message": "line 4: unexpected end of input"}

    tenant.admin.put("/workspaces/current", {**workspace, "policies": closed}).ok()
    job = tenant.wait_for(_dispatch(tenant, capabilities=["code:write"])["id"], "FAILED")
    assert "closed: closed for the move" in job["error"]["title"]
    listed = tenant.viewer.get("/policies").ok()
    assert listed["policySet"] == job["guard"]["policySet"]
    policies = {policy["id"]: (policy["source"], policy["decided"]) for policy in listed["items"]}
    assert policies["closed"] == ("workspace", 1)


def test_grant_does_not_apply_to_unknown_people(http: HttpClient, new_tenant: NewTenant) -> None:
    releases = {"release": {"profile": "weaver", "capabilities": ["git:push"]}}
    tenant = new_tenant(
        job_types=releases,
        triggers=dict.fromkeys(("mentioned", "assigned", "commented"), "release"),
        grants=[{"profile": "weaver", "capability": "git:push"}],
        forge_members=["gitea:grace", "gitea:ada"],
    )
    ends = {"grace": "RUNNING", "eve": "PENDING"}
    for person, status in ends.items():
        delivery = comment(
            "gitea", "@mosaic SLEEP=30 release it", tenant.repository, issue=new_number(), by=person
        )
        job = tenant.wait_for(delivery.send(http).json["jobId"], status)
        assert job["source"]["role"] == ("member" if person == "grace" else "guest")
        assert job["branch"] == f"mosaic/{job['id']}"


def test_only_forge_admins_approve_by_comment(http: HttpClient, new_tenant: NewTenant) -> None:
    tenant, issue = new_tenant(forge_admins=["github:grace"]), new_number()

    def say(words: str, by: str) -> Json:
        return comment("github", f"@mosaic {words}", tenant.repository, issue=issue, by=by).send(http).json

    job_id = say("SLEEP=30 mend the lamp", "ada")["jobId"]
    assert "only an admin" in say("approve looks good", "ada")["ignored"]
    assert "does not wait for an approval" in say("approve looks good", "grace")["ignored"]
    assert say("cancel", "ada")["jobId"] == job_id
