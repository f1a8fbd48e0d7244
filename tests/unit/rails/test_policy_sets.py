"""Properties of every policy set: tools match capabilities, and fewer grants never allow more."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from typing import Any

import cedarpy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mosaic.jobs.states import Decision
from mosaic.rails import schema
from mosaic.rails.attribute_domains import Domains, TextDomain, TextForm, domains_of
from mosaic.rails.capabilities import CAPABILITIES, PROFILES, tools_of
from mosaic.rails.guard import GuardRequest, decide
from mosaic.rails.policy import PolicySet, base_policies
from mosaic.rails.policy_checks import problems
from mosaic.rails.policy_source import parse
from mosaic.rails.satisfiability import is_satisfiable
from mosaic.rails.work_limit import WorkLimit
from tests.fakes.policies import (
    BRANCHES,
    JOB_TYPES,
    LABELS,
    PATHS,
    REPOSITORIES,
    WORKSPACE,
    policy_sets,
)

BASE = (files("mosaic.rails") / "policies" / "base.cedar").read_text("utf-8")
ENFORCED = ("",)
# The load of the machine does not matter here.
UNTIMED = settings(deadline=None, max_examples=40)
capabilities = st.sampled_from(sorted(CAPABILITIES))

requests = st.builds(
    GuardRequest,
    workspace_id=st.just(WORKSPACE),
    profile=st.sampled_from(sorted(PROFILES)),
    repository=st.sampled_from(REPOSITORIES),
    job_type=st.sampled_from(JOB_TYPES),
    source=st.sampled_from(schema.SOURCES),
    actor=st.just("github:ada"),
    role=st.sampled_from(schema.ROLES),
    issue_author_role=st.sampled_from([None, *schema.ROLES]),
    branch=st.sampled_from(BRANCHES),
    paths=st.lists(st.sampled_from(PATHS), max_size=2).map(tuple),
    labels=st.lists(st.sampled_from(LABELS), max_size=2, unique=True).map(tuple),
    required=st.lists(capabilities, max_size=4, unique=True).map(tuple),
    granted=st.frozensets(capabilities, max_size=4),
    approved=st.frozensets(capabilities, max_size=4),
)


def acceptable(policies: tuple[str, ...]) -> str:
    """The policies that are valid in the workspace."""
    return "".join(policy for policy in policies if not problems(policy, WORKSPACE, JOB_TYPES))


def cedar(
    policies: str, request: GuardRequest, capability: str, context: dict[str, Any]
) -> cedarpy.AuthzResult:
    """Cedar's own decision on the full text and the full request."""
    entities = [*schema.actions(), *schema.request_entities(WORKSPACE, request.profile, request.repository)]
    principal = schema.principal_id(WORKSPACE, request.profile)
    query = {
        "principal": {"type": schema.PROFILE, "id": principal},
        "action": {"type": schema.ACTION, "id": capability},
        "resource": {"type": schema.REPOSITORY, "id": request.repository},
        "context": context,
    }
    return cedarpy.is_authorized(query, policies, entities)


def context_of(request: GuardRequest, capability: str, *, approved: bool) -> dict[str, Any]:
    folders = {"src/"} if "src/app.py" in request.paths else set()
    folders |= {"infra/", "infra/prod/"} if "infra/prod/main.tf" in request.paths else set()
    return {
        "jobType": request.job_type,
        "source": request.source,
        "actor": request.actor,
        "role": request.role,
        "issueAuthorRole": request.issue_author_role or request.role,
        "branch": request.branch,
        "paths": sorted({*request.paths, *folders}),
        "labels": list(request.labels),
        "granted": capability in request.granted,
        "approved": approved,
    }


@UNTIMED
@given(policy_sets(modes=ENFORCED), requests)
def test_slicing_keeps_the_decision_of_cedar(policies: tuple[str, ...], request: GuardRequest) -> None:
    text = "".join(policies)
    decision = decide(request, base_policies().with_workspace_policies(text))
    for capability in {*PROFILES[request.profile], *request.required}:
        approved = capability in request.approved
        expected = cedar(BASE + text, request, capability, context_of(request, capability, approved=approved))
        assert expected.allowed == (capability in decision.capabilities)
        if expected.allowed:
            policies_named = {reason.policy for reason in decision.reasons if reason.capability == capability}
            assert policies_named == set(expected.diagnostics.id_annotations_by_reason.values())


@UNTIMED
@given(policy_sets(), requests)
def test_tools_match_the_capabilities(policies: tuple[str, ...], request: GuardRequest) -> None:
    decision = decide(request, base_policies().with_workspace_policies("".join(policies)))
    assert set(decision.tools) == set(tools_of(decision.capabilities))
    assert set(decision.capabilities) <= {*PROFILES[request.profile], *request.required}
    if decision.decision is Decision.ALLOW:
        assert set(request.required) <= set(decision.capabilities)
    assert ("exec" in decision.tools) == ("shell:execute" in decision.capabilities)
    assert ("apply_patch" in decision.tools) == ("code:write" in decision.capabilities)


@UNTIMED
@given(policy_sets(), requests, st.frozensets(capabilities), st.frozensets(capabilities))
def test_withdrawn_grant_or_approval_widens_nothing(
    policies: tuple[str, ...], request: GuardRequest, grants: frozenset[str], approvals: frozenset[str]
) -> None:
    policy_set = base_policies().with_workspace_policies(acceptable(policies))
    less = replace(request, granted=request.granted - grants, approved=request.approved - approvals)
    had, has = decide(request, policy_set), decide(less, policy_set)
    assert set(has.capabilities) <= set(had.capabilities)
    assert set(has.tools) <= set(had.tools)
    strictness = [Decision.ALLOW, Decision.APPROVAL_REQUIRED, Decision.DENY]
    if grants:
        query = replace(less, approved=request.approved)
        assert strictness.index(decide(query, policy_set).decision) >= strictness.index(had.decision)


@UNTIMED
@given(policy_sets(), requests)
def test_forbid_never_widens_permit_never_narrows(policies: tuple[str, ...], request: GuardRequest) -> None:
    parsed = parse("".join(policies))
    assume(parsed)
    whole = decide(request, base_policies().with_workspace_policies("".join(policies)))
    without = decide(request, base_policies().with_workspace_policies("".join(policies[:-1])))
    more, fewer = (whole, without) if parsed[-1].effect == "permit" else (without, whole)
    assert set(fewer.capabilities) <= set(more.capabilities)


@UNTIMED
@given(policy_sets(), requests)
def test_observed_policies_only_record_effects(policies: tuple[str, ...], request: GuardRequest) -> None:
    def enforcing(number: int | None) -> PolicySet:
        kept = [
            policy.replace('@mode("observe")', "") if place == number else policy
            for place, policy in enumerate(policies)
            if place == number or "@mode" not in policy
        ]
        return base_policies().with_workspace_policies("".join(kept))

    decision, bare = (
        decide(request, base_policies().with_workspace_policies("".join(policies))),
        decide(request, enforcing(None)),
    )
    nothing = {"observed": (), "policy_set": ""}
    assert decision.model_copy(update=nothing) == bare.model_copy(update=nothing)
    for number, policy in enumerate(policies):
        if "@mode" in policy:
            would = decide(request, enforcing(number))
            changed = {one.capability for one in decision.observed if one.policy == f"w{number}"}
            assert set(would.capabilities) ^ set(bare.capabilities) <= changed


ANY_TEXT = TextDomain("any text", (TextForm(None, max_length=1000),))
OPEN_DOMAINS: Domains = {
    **domains_of("", ()),
    **dict.fromkeys(("principal.workspace", "resource.workspace", "context.jobType"), ANY_TEXT),
}
"""The domains for requests of any workspace and any job type."""


@UNTIMED
@given(policy_sets(modes=ENFORCED), requests, st.booleans())
def test_unsatisfiable_policy_never_matches(
    policies: tuple[str, ...], request: GuardRequest, approved: bool
) -> None:
    for policy in parse("".join(policies)):
        if not is_satisfiable((policy.conditions.holds,), OPEN_DOMAINS, WorkLimit(10_000)):
            for capability in CAPABILITIES:
                context = context_of(request, capability, approved=approved)
                expected = cedar(policy.text, request, capability, context)
                assert expected.diagnostics.reasons == []
