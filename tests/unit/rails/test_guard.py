"""Policies decide the capabilities of an agent."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace

import pytest

from local.gateway.agent import TOOLS
from mosaic.jobs.limits import MAX_BRIEF_REASONS
from mosaic.jobs.roles import RequesterRole
from mosaic.jobs.states import Decision
from mosaic.jobs.value_objects import Reason
from mosaic.rails.capabilities import CAPABILITIES, PROFILES, Level, tools_of
from mosaic.rails.guard import MAX_REASONS, GuardRequest, decide
from mosaic.rails.policy import PolicySet, base_policies

NONE: frozenset[str] = frozenset()


def request_for(
    profile: str,
    *required: str,
    granted: AbstractSet[str] = NONE,
    approved: AbstractSet[str] = NONE,
    role: RequesterRole = "member",
    branch: str = "mosaic/01",
    paths: tuple[str, ...] = (),
    repository: str = "acme/shop",
) -> GuardRequest:
    return GuardRequest(
        workspace_id="demo",
        profile=profile,
        repository=repository,
        job_type="code-task",
        source="github",
        actor="github:ada",
        role=role,
        branch=branch,
        paths=paths,
        required=required,
        granted=frozenset(granted),
        approved=frozenset(approved),
    )


def policy_set(*policies: str) -> PolicySet:
    """The base policies with these policies, whose ids are w0, w1, …"""
    named = (f'@id("w{n}") @reason("because {n}") {text}\n' for n, text in enumerate(policies))
    return base_policies().with_workspace_policies("".join(named))


def why(reasons: tuple[Reason, ...], capability: str) -> list[str]:
    return [reason.policy for reason in reasons if reason.capability == capability]


@pytest.mark.parametrize(
    ("profile", "tools"),
    [
        ("runner", ("read",)),
        ("weaver", ("apply_patch", "edit", "read", "write")),
        ("inspector", ("read",)),
        ("herald", ("message",)),
        ("bridge", ("message",)),
    ],
)
def test_profile_gets_its_capabilities(profile: str, tools: tuple[str, ...]) -> None:
    decision = decide(request_for(profile), base_policies())
    assert (decision.decision, decision.tools) == (Decision.ALLOW, tools)


@pytest.mark.parametrize(
    ("profile", "capability", "granted", "approved", "decision", "policies"),
    [
        ("weaver", "code:write", False, False, Decision.ALLOW, ["base.prepare"]),
        ("weaver", "git:push", False, False, Decision.APPROVAL_REQUIRED, ["base.execute"]),
        ("weaver", "git:push", True, False, Decision.ALLOW, ["base.execute"]),
        ("weaver", "git:push", False, True, Decision.ALLOW, ["base.execute"]),
        ("weaver", "pr:merge", False, False, Decision.DENY, ["base.admin-needs-both"]),
        (
            "weaver",
            "pr:merge",
            True,
            False,
            Decision.APPROVAL_REQUIRED,
            ["base.admin-needs-both", "base.admin"],
        ),
        ("weaver", "pr:merge", False, True, Decision.DENY, ["base.admin-needs-both"]),
        ("weaver", "pr:merge", True, True, Decision.ALLOW, ["base.admin"]),
        ("inspector", "code:write", True, True, Decision.DENY, ["base.inspector-validates"]),
        (
            "inspector",
            "pr:merge",
            False,
            True,
            Decision.DENY,
            ["base.admin-needs-both", "base.inspector-validates"],
        ),
        ("inspector", "shell:execute", True, False, Decision.ALLOW, ["base.execute"]),
        ("runner", "shell:execute", True, True, Decision.DENY, ["base.runner-reads"]),
        ("herald", "code:write", True, True, Decision.DENY, ["base.herald-reports"]),
        ("bridge", "net:egress", False, False, Decision.APPROVAL_REQUIRED, ["base.execute"]),
        ("bridge", "code:read", True, True, Decision.DENY, ["base.bridge-carries"]),
        ("weaver", "moon:land", True, True, Decision.DENY, ["unknown-capability"]),
    ],
)
def test_executing_requires_grant_or_approval(
    profile: str, capability: str, granted: bool, approved: bool, decision: Decision, policies: list[str]
) -> None:
    only = {capability}
    request = request_for(
        profile, capability, granted=only if granted else NONE, approved=only if approved else NONE
    )
    result = decide(request, base_policies())
    assert (result.decision, why(result.reasons, capability)) == (decision, policies)
    assert all(reason.reason for reason in result.reasons)
    assert result.refused == (() if decision is Decision.ALLOW else (capability,))


@pytest.mark.parametrize(
    ("capability", "granted", "approved", "decision"),
    [
        ("code:read", False, False, Decision.APPROVAL_REQUIRED),
        ("code:write", True, False, Decision.APPROVAL_REQUIRED),
        ("code:write", False, True, Decision.ALLOW),
        ("git:push", True, False, Decision.APPROVAL_REQUIRED),
        ("git:push", False, False, Decision.APPROVAL_REQUIRED),
        ("git:push", False, True, Decision.ALLOW),
        ("pr:merge", True, False, Decision.DENY),
        ("pr:merge", True, True, Decision.DENY),
    ],
)
def test_grant_does_not_apply_to_guests(
    capability: str, granted: bool, approved: bool, decision: Decision
) -> None:
    only = {capability}
    request = request_for(
        "weaver",
        capability,
        granted=only if granted else NONE,
        approved={*PROFILES["weaver"], *only} if approved else NONE,
        role="guest",
    )
    result = decide(request, base_policies())
    assert result.decision is decision
    refusing = "base.guest-needs-approval" if approved else "base.guest-with-approval"
    assert decision is Decision.ALLOW or refusing in why(result.reasons, capability)


@pytest.mark.parametrize("required", [(), ("git:push",), ("code:read",)])
@pytest.mark.parametrize("profile", PROFILES)
def test_approval_of_a_guest_covers_the_profile(profile: str, required: tuple[str, ...]) -> None:
    request = request_for(profile, *required, granted=set(CAPABILITIES), role="guest")
    asked = decide(request, base_policies())
    if asked.decision is Decision.DENY:
        assert decide(replace(request, role="member"), base_policies()).decision is Decision.DENY
        return
    assert (asked.decision, asked.tools) == (Decision.APPROVAL_REQUIRED, ())
    assert set(asked.refused) == {*PROFILES[profile], *required}
    approved = decide(replace(request, approved=frozenset(asked.refused)), base_policies())
    assert (approved.decision, approved.capabilities) == (Decision.ALLOW, asked.refused)


def test_workspace_may_let_guests_prepare() -> None:
    lifted = base_policies().with_workspace_policies("", guests_need_approval=False)
    assert decide(request_for("weaver", role="guest"), lifted).decision is Decision.ALLOW
    pushing = request_for("weaver", "git:push", granted={"git:push"}, role="guest")
    result = decide(pushing, lifted)
    assert result.decision is Decision.APPROVAL_REQUIRED
    assert "base.guest-needs-approval" in why(result.reasons, "git:push")
    assert [policy.line for policy in lifted.policies] == [
        policy.line for policy in base_policies().policies if policy.id != "base.guest-with-approval"
    ]


def test_permit_does_not_open_anything_to_guests() -> None:
    everything = policy_set("permit (principal, action, resource);")
    for capability in CAPABILITIES:
        result = decide(
            request_for("weaver", capability, granted=set(CAPABILITIES), role="guest"), everything
        )
        assert (result.capabilities, result.tools) == ((), ())


@pytest.mark.parametrize(("author", "decision"), [("guest", Decision.DENY), ("member", Decision.ALLOW)])
def test_policy_sees_the_role_of_the_author(author: RequesterRole, decision: Decision) -> None:
    forbid = policy_set('forbid (principal, action, resource) when { context.issueAuthorRole == "guest" };')
    request = replace(request_for("weaver"), issue_author_role=author)
    assert decide(request, forbid).decision is decision


def test_job_without_tools_waits_for_an_approval() -> None:
    asking = policy_set("forbid (principal, action, resource) unless { context.approved };")
    result = decide(request_for("weaver", granted={"shell:execute"}), asking)
    assert (result.decision, result.refused) == (Decision.APPROVAL_REQUIRED, PROFILES["weaver"])


def test_unrequested_grant_adds_nothing() -> None:
    granted = {"shell:execute", "git:push"}
    result = decide(request_for("weaver", "git:push", granted=granted), base_policies())
    assert "git:push" in result.capabilities
    assert "shell:execute" not in result.capabilities


def test_workspace_policies_forbid_and_permit() -> None:
    forbid = policy_set('forbid (principal, action == Mosaic::Action::"code:write", resource);')
    result = decide(request_for("weaver", "code:write"), forbid)
    assert (result.decision, why(result.reasons, "code:write")) == (Decision.DENY, ["w0"])
    permit = policy_set('permit (principal, action == Mosaic::Action::"git:push", resource);')
    assert decide(request_for("weaver", "git:push"), permit).decision is Decision.ALLOW
    assert (
        decide(request_for("weaver", "git:push", role="guest"), permit).decision is Decision.APPROVAL_REQUIRED
    )
    assert decide(request_for("runner", "git:push"), permit).decision is Decision.DENY


def test_admin_level_needs_grant_and_approval() -> None:
    everything = policy_set("permit (principal, action, resource);")
    for granted, approved in ((True, False), (False, True), (False, False)):
        only = {"pr:merge"}
        result = decide(
            request_for(
                "weaver", "pr:merge", granted=only if granted else NONE, approved=only if approved else NONE
            ),
            everything,
        )
        assert "pr:merge" not in result.capabilities


def test_reasons_name_all_deciding_policies() -> None:
    result = decide(
        request_for("weaver", "git:push"),
        policy_set(
            'forbid (principal, action == Mosaic::Action::"git:push", resource) when { context.branch == "main" };',
            'forbid (principal, action, resource) when { context.branch == "main" && context.jobType == "code-task" };',
            'forbid (principal, action, resource) when { context.branch == "other" };',
        ),
    )
    assert why(result.reasons, "git:push") == ["base.execute"]
    blocked = decide(
        request_for("weaver", "git:push", branch="main"),
        policy_set(
            'forbid (principal, action == Mosaic::Action::"git:push", resource) when { context.branch == "main" };',
            'forbid (principal, action, resource) when { context.branch == "main" && context.jobType == "code-task" };',
        ),
    )
    assert why(blocked.reasons, "git:push") == ["w0", "w1"]
    assert why(blocked.reasons, "code:read") == ["w1"]
    assert [reason.reason for reason in blocked.reasons[:2]] == ["because 0", "because 1"]


def test_forbid_unless_approved_requires_approval() -> None:
    result = decide(
        request_for("weaver", "git:push", granted={"git:push"}, branch="main"),
        policy_set(
            'forbid (principal, action == Mosaic::Action::"git:push", resource) unless { context.approved };'
        ),
    )
    assert why(result.reasons, "git:push") == ["w0", "base.execute"]
    assert "git:push" not in result.capabilities


@pytest.mark.parametrize(
    ("paths", "decision"),
    [
        ((), Decision.ALLOW),
        (("src/app.py",), Decision.ALLOW),
        (("infra",), Decision.ALLOW),
        (("infra/",), Decision.DENY),
        (("src/app.py", "infra/prod/main.tf"), Decision.DENY),
    ],
)
def test_policy_matches_folders(paths: tuple[str, ...], decision: Decision) -> None:
    guarded = policy_set('forbid (principal, action, resource) when { context.paths.contains("infra/") };')
    assert decide(request_for("weaver", "code:write", paths=paths), guarded).decision is decision


def test_repository_ignores_case() -> None:
    closed = policy_set('forbid (principal, action, resource == Mosaic::Repository::"acme/shop");')
    assert (
        decide(request_for("weaver", "code:write", repository="Acme/Shop"), closed).decision is Decision.DENY
    )


@pytest.mark.parametrize(
    ("policy", "required", "would"),
    [
        (
            'forbid (principal, action == Mosaic::Action::"code:write", resource);',
            "code:write",
            Decision.DENY,
        ),
        (
            'forbid (principal, action == Mosaic::Action::"code:write", resource) unless { context.approved };',
            "code:write",
            Decision.APPROVAL_REQUIRED,
        ),
        ('permit (principal, action == Mosaic::Action::"git:push", resource);', "git:push", Decision.ALLOW),
        ('forbid (principal, action == Mosaic::Action::"git:push", resource);', "git:push", Decision.DENY),
        (
            'forbid (principal, action == Mosaic::Action::"git:push", resource) unless { context.approved };',
            "git:push",
            None,
        ),
        ('permit (principal, action == Mosaic::Action::"pr:merge", resource);', "pr:merge", None),
    ],
)
def test_observed_policy_only_records_its_effect(policy: str, required: str, would: Decision | None) -> None:
    request = request_for("weaver", required)
    result = decide(request, policy_set(f'@mode("observe") {policy}'))
    without = decide(request, base_policies())
    unchanged = {"observed": (), "policy_set": ""}
    assert result.model_copy(update=unchanged) == without.model_copy(update=unchanged)
    observed = [(one.policy, one.reason, one.capability, one.would) for one in result.observed]
    assert observed == ([("w0", "because 0", required, would)] if would else [])


@pytest.mark.parametrize(
    "text",
    [
        "permit (principal",
        "permit (principal, action, resource);",
        '@id("base.runner-reads") permit (principal, action, resource);',
        '@id("a") permit (principal, action, resource); @id("a") forbid (principal, action, resource);',
    ],
)
def test_unreadable_policies_forbid_everything(text: str) -> None:
    result = decide(request_for("weaver"), base_policies().with_workspace_policies(text))
    assert (result.decision, result.capabilities, result.tools) == (Decision.DENY, (), ())
    assert {reason.policy for reason in result.reasons} == {"no-tools", "base.unreadable"}


def test_failing_policy_denies() -> None:
    broken = policy_set('forbid (principal, action, resource) when { context.nothing == "x" };')
    result = decide(request_for("weaver", "code:write"), broken)
    assert (result.decision, why(result.reasons, "code:write")) == (Decision.DENY, ["evaluation-error"])


def test_agent_without_tools_is_denied() -> None:
    result = decide(request_for("nobody"), base_policies())
    assert (result.decision, result.reasons[0].policy) == (Decision.DENY, "no-tools")


def test_reasons_are_limited() -> None:
    many = policy_set(*(["forbid (principal, action, resource);"] * 60))
    result = decide(request_for("weaver", "code:write"), many)
    assert (len(result.reasons), result.reasons[-1].policy) == (MAX_REASONS, "more")
    assert why(result.reasons, "code:write") == sorted(f"w{number}" for number in range(60))
    assert result.brief().reasons == result.reasons[:MAX_BRIEF_REASONS]


def test_hash_covers_base_and_workspace_policies() -> None:
    one, other = (
        policy_set(f"permit (principal, action, resource) when {{ {when} }};") for when in ("true", "false")
    )
    assert len({one.digest, other.digest, base_policies().digest}) == 3
    assert decide(request_for("weaver"), one).policy_set == one.digest


def test_policies_are_parsed_once() -> None:
    assert policy_set("permit (principal, action, resource);") is policy_set(
        "permit (principal, action, resource);"
    )


def test_only_shell_execute_enables_exec() -> None:
    opened = {
        tool: {name for name, known in CAPABILITIES.items() if tool in known.tools}
        for tool in tools_of(tuple(CAPABILITIES))
    }
    assert opened["exec"] == opened["process"] == {"shell:execute"}
    assert opened["apply_patch"] == opened["write"] == opened["edit"] == {"code:write"}
    assert CAPABILITIES["shell:execute"].level is Level.EXECUTE


def test_tools_exist_in_the_gateway() -> None:
    assert set(tools_of(tuple(CAPABILITIES))) <= TOOLS
