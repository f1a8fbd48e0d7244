"""Guard rails: policies decide the capabilities of an attempt, outside the agent. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from mosaic.jobs.roles import RequesterRole
from mosaic.jobs.states import Decision
from mosaic.jobs.value_objects import GuardDecision, Observation, Reason
from mosaic.rails.capabilities import CAPABILITIES, PROFILES, Level, tools_of
from mosaic.rails.policy import PolicyRequest, PolicySet
from mosaic.rails.policy_slicing import EVALUATION_ERROR, PolicyDecision
from mosaic.rails.policy_source import Policy

# The levels that the base policies permit to every profile.
PREPARING = frozenset({Level.READ, Level.ORGANIZE, Level.DRAFT})
DEFAULT_DENY = "default-deny"
UNKNOWN = "unknown-capability"
NO_TOOLS = "no-tools"
CEILING = "operator-ceiling"
MORE = "more"
# The reasons for decisions that no policy made.
BUILT_IN_REASONS = {
    DEFAULT_DENY: "no policy permits it",
    UNKNOWN: "the capability does not exist",
    CEILING: "the operator's ceiling for the workspace does not include it",
    NO_TOOLS: "the allowed capabilities enable no tool",
    EVALUATION_ERROR: "a policy could not be evaluated",
    MORE: "further reasons are not stored",
}
# With the longest ids and reasons these are 32 KiB of the job.
MAX_REASONS = 100


@dataclass(frozen=True)
class GuardRequest:
    """An agent's request to work on a repository.

    The job needs the `required` capabilities; the profile's others are added where policy allows. The
    workspace `granted` capabilities, a person `approved` them for this job; neither exceeds the operator's
    `ceiling` (None for all). `role` is the lowest role of those
    who wrote the job's texts; `issue_author_role` is that of the issue's author, None without an issue's text.
    """

    workspace_id: str
    profile: str
    repository: str
    job_type: str
    source: str
    actor: str
    role: RequesterRole = "member"
    issue_author_role: RequesterRole | None = None
    branch: str = ""
    paths: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    granted: frozenset[str] = frozenset()
    approved: frozenset[str] = frozenset()
    ceiling: frozenset[str] | None = None


@dataclass(frozen=True)
class _CapabilityDecision:
    capability: str
    decision: Decision
    reasons: tuple[Reason, ...]
    observed: tuple[Observation, ...] = ()


def decide(request: GuardRequest, policy_set: PolicySet) -> GuardDecision:
    """Returns the decision for each capability and for the attempt.

    - DENY: a required capability is refused or unknown, or the allowed capabilities enable no tool.
    - APPROVAL_REQUIRED: an approval would allow the refused required capabilities. Where no tool is allowed
      without one, the approval also covers the profile's capabilities that prepare work (`PREPARING`).
    - ALLOW: otherwise, with exactly the capabilities that policy allows, and their tools.

    `reasons` names every deciding policy, refusals first. Policies in observe mode decide nothing; `observed`
    holds the decisions that they would have changed.
    """
    capabilities_to_check = dict.fromkeys((*PROFILES.get(request.profile, ()), *request.required))
    policy_request = _policy_request(request)
    decisions = tuple(_evaluated(name, request, policy_request, policy_set) for name in capabilities_to_check)
    blocking = _blocking(decisions, request.required)
    capabilities = tuple(decision.capability for decision in decisions if _allowed(decision))
    tools = tools_of(capabilities)
    return GuardDecision(
        decision=_overall(blocking, tools),
        reasons=_ordered_reasons(decisions, blocking, tools),
        capabilities=capabilities,
        refused=tuple(decision.capability for decision in blocking),
        tools=tools,
        observed=tuple(chain.from_iterable(decision.observed for decision in decisions))[:MAX_REASONS],
        policy_set=policy_set.digest,
    )


def _policy_request(request: GuardRequest) -> PolicyRequest:
    return PolicyRequest(
        workspace_id=request.workspace_id,
        profile=request.profile,
        repository=request.repository.lower(),
        context={
            "jobType": request.job_type,
            "source": request.source,
            "actor": request.actor,
            "role": request.role,
            "issueAuthorRole": request.issue_author_role or request.role,
            "branch": request.branch,
            "paths": tuple(sorted(_with_folders(request.paths))),
            "labels": tuple(sorted(request.labels)),
        },
    )


def _with_folders(paths: tuple[str, ...]) -> set[str]:
    """Returns the paths and all their parent folders, so that a policy can match a folder."""
    folders = {path[: index + 1] for path in paths for index, char in enumerate(path) if char == "/"}
    return {*paths, *folders}


def _evaluated(
    capability: str, request: GuardRequest, policy_request: PolicyRequest, policy_set: PolicySet
) -> _CapabilityDecision:
    if capability not in CAPABILITIES:
        return _CapabilityDecision(capability, Decision.DENY, (_reason(UNKNOWN, capability, policy_set),))
    if request.ceiling is not None and capability not in request.ceiling:
        return _CapabilityDecision(capability, Decision.DENY, (_reason(CEILING, capability, policy_set),))
    granted, approved = capability in request.granted, capability in request.approved
    current = policy_set.evaluate(policy_request, capability, granted=granted, approved=approved)
    is_final = approved or (current.effect == "permit" and not current.observed)
    if_approved = (
        current
        if is_final
        else policy_set.evaluate(policy_request, capability, granted=granted, approved=True)
    )
    decision = _decision(current, if_approved)
    return _CapabilityDecision(
        capability,
        decision,
        tuple(
            _reason(policy, capability, policy_set)
            for policy in _deciding_policies(decision, current, if_approved)
        ),
        tuple(_observations(capability, decision, current, if_approved, policy_set)),
    )


def _decision(current: PolicyDecision, approved: PolicyDecision) -> Decision:
    if current.effect == "permit":
        return Decision.ALLOW
    return Decision.APPROVAL_REQUIRED if approved.effect == "permit" else Decision.DENY


def _deciding_policies(
    decision: Decision, current: PolicyDecision, approved: PolicyDecision
) -> tuple[str, ...]:
    """The policies that refuse; for APPROVAL_REQUIRED also the policies that would permit."""
    policies = current.policies + (approved.policies if decision is Decision.APPROVAL_REQUIRED else ())
    return tuple(dict.fromkeys(policies)) or (DEFAULT_DENY,)


def _observations(
    capability: str,
    decision: Decision,
    current: PolicyDecision,
    approved: PolicyDecision,
    policy_set: PolicySet,
) -> Iterator[Observation]:
    for name in dict.fromkeys((*current.observed, *approved.observed)):
        policy = policy_set.by_id[name]
        would = _decision(_if_enforced(policy, current), _if_enforced(policy, approved))
        if would is not decision:
            yield Observation(policy=name, reason=policy.reason, capability=capability, would=would)


def _if_enforced(policy: Policy, current: PolicyDecision) -> PolicyDecision:
    """The decision if the observed policy were enforced."""
    if policy.id not in current.observed or (policy.effect == "permit" and current.effect is not None):
        return current
    return PolicyDecision(policy.effect, (policy.id,))


def _reason(policy: str, capability: str | None, policy_set: PolicySet) -> Reason:
    deciding = policy_set.by_id.get(policy)
    return Reason(
        policy=policy, reason=deciding.reason if deciding else BUILT_IN_REASONS[policy], capability=capability
    )


def _allowed(decision: _CapabilityDecision) -> bool:
    return decision.decision is Decision.ALLOW


def _blocking(
    decisions: tuple[_CapabilityDecision, ...], required: tuple[str, ...]
) -> tuple[_CapabilityDecision, ...]:
    """The refused capabilities that stop the attempt: the required ones.

    An agent without any tool can do nothing. So an attempt that has none without an approval also waits for
    the other capabilities that prepare work.
    """
    has_tools = bool(tools_of(tuple(decision.capability for decision in decisions if _allowed(decision))))
    return tuple(
        decision
        for decision in decisions
        if not _allowed(decision)
        and (decision.capability in required or (not has_tools and _can_be_approved(decision)))
    )


def _can_be_approved(decision: _CapabilityDecision) -> bool:
    level = CAPABILITIES[decision.capability].level if decision.capability in CAPABILITIES else None
    return decision.decision is Decision.APPROVAL_REQUIRED and level in PREPARING


def _overall(blocking: tuple[_CapabilityDecision, ...], tools: tuple[str, ...]) -> Decision:
    if any(decision.decision is Decision.DENY for decision in blocking):
        return Decision.DENY
    if blocking:
        return Decision.APPROVAL_REQUIRED
    return Decision.ALLOW if tools else Decision.DENY


def _ordered_reasons(
    decisions: tuple[_CapabilityDecision, ...],
    blocking: tuple[_CapabilityDecision, ...],
    tools: tuple[str, ...],
) -> tuple[Reason, ...]:
    """The reasons, blocking ones first. After MAX_REASONS - 1 of them, one reason marks the rest."""
    no_tools = Reason(policy=NO_TOOLS, reason=BUILT_IN_REASONS[NO_TOOLS])
    weight = {
        decision.capability: 0 if decision in blocking else 1 + _allowed(decision) for decision in decisions
    }
    ordered = sorted(decisions, key=lambda decision: weight[decision.capability])
    reasons = (
        *(() if tools or blocking else (no_tools,)),
        *(reason for decision in ordered for reason in decision.reasons),
    )
    more = Reason(policy=MORE, reason=BUILT_IN_REASONS[MORE])
    return reasons if len(reasons) <= MAX_REASONS else (*reasons[: MAX_REASONS - 1], more)
