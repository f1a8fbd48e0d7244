"""No grant, approval or policy exceeds the operator's ceiling."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mosaic.jobs.states import Decision
from mosaic.rails.capabilities import CAPABILITIES, PROFILES
from mosaic.rails.guard import CEILING, GuardRequest, decide
from mosaic.rails.policy import base_policies

NAMES = sorted(CAPABILITIES)
SETS = st.frozensets(st.sampled_from(NAMES))
PERMIT_ALL = '@id("all")\n@reason("everything")\npermit(principal, action, resource);\n'


@given(
    ceiling=SETS,
    granted=SETS,
    approved=SETS,
    required=st.lists(st.sampled_from(NAMES), unique=True, max_size=4),
    profile=st.sampled_from(sorted(PROFILES)),
    permits_all=st.booleans(),
)
def test_nothing_exceeds_the_ceiling(
    ceiling: frozenset[str],
    granted: frozenset[str],
    approved: frozenset[str],
    required: list[str],
    profile: str,
    permits_all: bool,
) -> None:
    policies = base_policies().with_workspace_policies(
        PERMIT_ALL if permits_all else "", guests_need_approval=True
    )
    request = GuardRequest(
        workspace_id="acme",
        profile=profile,
        repository="acme/shop",
        job_type="code-task",
        source="api",
        actor="token:1",
        role="admin",
        required=tuple(required),
        granted=granted,
        approved=approved,
        ceiling=ceiling,
    )

    decision = decide(request, policies)

    assert set(decision.capabilities) <= ceiling
    if set(required) - ceiling:
        assert decision.decision is Decision.DENY
        assert {reason.policy for reason in decision.reasons} >= {CEILING}


@given(granted=SETS, approved=SETS, profile=st.sampled_from(sorted(PROFILES)))
def test_full_ceiling_changes_nothing(
    granted: frozenset[str], approved: frozenset[str], profile: str
) -> None:
    def decided(ceiling: frozenset[str] | None) -> object:
        request = GuardRequest(
            workspace_id="acme",
            profile=profile,
            repository="acme/shop",
            job_type="code-task",
            source="api",
            actor="token:1",
            granted=granted,
            approved=approved,
            ceiling=ceiling,
        )
        return decide(request, base_policies())

    assert decided(None) == decided(frozenset(NAMES))
