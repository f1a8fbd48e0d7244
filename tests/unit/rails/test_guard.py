"""What an agent may do is decided by policy, outside the agent."""

from __future__ import annotations

import json
from collections.abc import Set as AbstractSet
from importlib.resources import files

import cedarpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic.jobs.states import Decision
from mosaic.rails.capabilities import CAPABILITIES, PROFILES, Level, tools_of
from mosaic.rails.guard import GuardRequest, decide
from mosaic.rails.policy import PolicyBook, base_policies, schema

DEFAULT_LEVELS = {Level.READ, Level.ORGANIZE, Level.DRAFT}
capabilities = st.sampled_from(sorted(CAPABILITIES))


NONE: frozenset[str] = frozenset()


def asked(
    profile: str, *required: str, granted: AbstractSet[str] = NONE, approved: AbstractSet[str] = NONE
) -> GuardRequest:
    return GuardRequest(
        workspace_id="demo",
        profile=profile,
        repository="acme/shop",
        job_type="code-task",
        source="github",
        actor="github:ada",
        required=required,
        granted=frozenset(granted),
        approved=frozenset(approved),
    )


def test_the_base_policies_are_valid_under_the_schema() -> None:
    text = (files("mosaic.rails") / "policies" / "base.cedar").read_text("utf-8")
    found = cedarpy.validate_policies(text, json.dumps(schema()))
    assert found.validation_passed, [str(error) for error in found.errors]


def test_every_base_policy_names_itself_and_its_reason() -> None:
    text = (files("mosaic.rails") / "policies" / "base.cedar").read_text("utf-8")
    assert len(base_policies().reasons) == text.count("\npermit (") + text.count("\nforbid (")
    assert all(base_policies().reasons.values())


def test_a_policy_that_does_not_parse_is_refused() -> None:
    with pytest.raises(ValueError, match="unexpected end"):
        PolicyBook("permit (principal, action, resource")


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
def test_a_profile_gets_what_it_is_for(profile: str, tools: tuple[str, ...]) -> None:
    decision = decide(asked(profile), base_policies())
    assert (decision.decision, decision.tools) == (Decision.ALLOW, tools)


@pytest.mark.parametrize(
    ("profile", "capability", "granted", "approved", "decision", "policy"),
    [
        ("weaver", "code:write", False, False, Decision.ALLOW, "base.prepare"),
        ("weaver", "git:push", False, False, Decision.APPROVAL_REQUIRED, "base.execute"),
        ("weaver", "git:push", True, False, Decision.ALLOW, "base.execute"),
        ("weaver", "git:push", False, True, Decision.ALLOW, "base.execute"),
        ("weaver", "pr:merge", False, False, Decision.DENY, "default-deny"),
        ("weaver", "pr:merge", True, False, Decision.APPROVAL_REQUIRED, "base.admin"),
        ("weaver", "pr:merge", False, True, Decision.DENY, "default-deny"),
        ("weaver", "pr:merge", True, True, Decision.ALLOW, "base.admin"),
        ("inspector", "code:write", True, True, Decision.DENY, "base.inspector-validates"),
        ("inspector", "shell:execute", True, False, Decision.ALLOW, "base.execute"),
        ("runner", "shell:execute", True, True, Decision.DENY, "base.runner-reads"),
        ("herald", "code:write", True, True, Decision.DENY, "base.herald-reports"),
        ("bridge", "net:egress", False, False, Decision.APPROVAL_REQUIRED, "base.execute"),
        ("bridge", "code:read", True, True, Decision.DENY, "base.bridge-carries"),
        ("weaver", "moon:land", True, True, Decision.DENY, "unknown-capability"),
    ],
)
def test_prepare_freely_execute_with_approval(
    profile: str, capability: str, granted: bool, approved: bool, decision: Decision, policy: str
) -> None:
    given_ = {capability}
    request = asked(
        profile, capability, granted=given_ if granted else set(), approved=given_ if approved else set()
    )
    made = decide(request, base_policies())
    why = next(reason for reason in made.reasons if reason.capability == capability)
    assert (made.decision, why.policy) == (decision, policy)
    assert why.reason
    assert made.refused == (() if decision is Decision.ALLOW else (capability,))


def test_an_agent_left_without_tools_is_not_sent() -> None:
    made = decide(asked("nobody"), base_policies())
    assert (made.decision, made.reasons[-1].policy) == (Decision.DENY, "no-tools")


@given(
    profile=st.sampled_from(sorted(PROFILES)),
    required=st.lists(capabilities, max_size=4),
    granted=st.sets(capabilities),
    approved=st.sets(capabilities),
)
def test_tools_stay_within_what_was_granted_and_withdrawing_never_widens(
    profile: str, required: list[str], granted: set[str], approved: set[str]
) -> None:
    made = decide(asked(profile, *required, granted=granted, approved=approved), base_policies())
    assert set(made.tools) == set(tools_of(made.capabilities))
    for name in made.capabilities:
        assert CAPABILITIES[name].level in DEFAULT_LEVELS or name in granted | approved
    less = decide(asked(profile, *required, granted=set(), approved=approved), base_policies())
    assert set(less.tools) <= set(made.tools)


def test_a_shell_is_opened_by_nothing_but_itself() -> None:
    opened = {name for name, capability in CAPABILITIES.items() if "exec" in capability.tools}
    assert opened == {"shell:execute"}
    assert CAPABILITIES["shell:execute"].level is Level.EXECUTE
