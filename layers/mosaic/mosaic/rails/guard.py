"""Guard rails: which capabilities an attempt gets, decided by policy, outside the agent. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mosaic.jobs.states import Decision
from mosaic.jobs.value_objects import GuardDecision, Observation, Reason, RequesterRole
from mosaic.rails.capabilities import CAPABILITIES, PROFILES, tools_of
from mosaic.rails.policy import PolicyRequest, PolicySet
from mosaic.rails.policy_slicing import EVALUATION_ERROR, PolicyDecision
from mosaic.rails.policy_source import Policy

DEFAULT_DENY = "default-deny"
UNKNOWN = "unknown-capability"
NO_TOOLS = "no-tools"
MORE = "more"
# What decides without being a policy, and why.
BUILT_IN_REASONS = {
    DEFAULT_DENY: "no policy permits it",
    UNKNOWN: "there is no such capability",
    NO_TOOLS: "the profile is left without a single tool",
    EVALUATION_ERROR: "a policy could not be evaluated",
    MORE: "there are more reasons than are kept",
}
# With the longest ids and reasons this is 32 KiB of the job.
MAX_REASONS = 100


@dataclass(frozen=True)
class GuardRequest:
    """What is to be decided: an agent of `profile` wants to work on a repository in a workspace.

    `required` are the capabilities that the job cannot do without; what else the profile usually has is added where
    policy allows it. `granted` and `approved` are those that the workspace or a person has let through for this job.
    `role` is what who asked is in the workspace.
    """

    workspace_id: str
    profile: str
    repository: str
    job_type: str
    source: str
    actor: str
    role: RequesterRole = "member"
    branch: str = ""
    paths: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    granted: frozenset[str] = frozenset()
    approved: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _CapabilityDecision:
    capability: str
    decision: Decision
    reasons: tuple[Reason, ...]
    observed: tuple[Observation, ...] = ()


def decide(request: GuardRequest, policy_set: PolicySet) -> GuardDecision:
    """The decision on every capability, and so on the attempt.

    Deny when a required capability is refused, or when nothing that is allowed opens a tool; approval required when
    a person's yes would change a refusal of a required one; else allow, with exactly the capabilities that policy
    allows. `reasons` names every policy that decided, what was refused first; the tools are those of the
    capabilities. An unknown capability is refused. Policies in observe mode decide nothing: `observed` says what they
    would have changed.
    """
    wanted = dict.fromkeys((*PROFILES.get(request.profile, ()), *request.required))
    at = _policy_request(request)
    answers = tuple(_evaluated(name, request, at, policy_set) for name in wanted)
    blocking = tuple(
        answer for answer in answers if answer.capability in request.required and not _allowed(answer)
    )
    capabilities = tuple(answer.capability for answer in answers if _allowed(answer))
    tools = tools_of(capabilities)
    return GuardDecision(
        decision=_overall(blocking, tools),
        reasons=_ordered_reasons(answers, blocking, tools),
        capabilities=capabilities,
        refused=tuple(answer.capability for answer in blocking),
        tools=tools,
        observed=tuple(one for answer in answers for one in answer.observed)[:MAX_REASONS],
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
            "branch": request.branch,
            "paths": tuple(sorted(_with_folders(request.paths))),
            "labels": tuple(sorted(request.labels)),
        },
    )


def _with_folders(paths: tuple[str, ...]) -> set[str]:
    """The paths and every folder that they lie in, so that a policy can speak of whatever lies in a folder."""
    folders = {path[: at + 1] for path in paths for at, letter in enumerate(path) if letter == "/"}
    return {*paths, *folders}


def _evaluated(
    capability: str, request: GuardRequest, at: PolicyRequest, policy_set: PolicySet
) -> _CapabilityDecision:
    if capability not in CAPABILITIES:
        return _CapabilityDecision(capability, Decision.DENY, (_reason(UNKNOWN, capability, policy_set),))
    granted, approved = capability in request.granted, capability in request.approved
    now = policy_set.rule(at, capability, granted=granted, approved=approved)
    settled = approved or (now.effect == "permit" and not now.observed)
    later = now if settled else policy_set.rule(at, capability, granted=granted, approved=True)
    decision = _decision(now, later)
    return _CapabilityDecision(
        capability,
        decision,
        tuple(_reason(policy, capability, policy_set) for policy in _deciding(decision, now, later)),
        tuple(_observed(capability, decision, now, later, policy_set)),
    )


def _decision(now: PolicyDecision, approved: PolicyDecision) -> Decision:
    if now.effect == "permit":
        return Decision.ALLOW
    return Decision.APPROVAL_REQUIRED if approved.effect == "permit" else Decision.DENY


def _deciding(decision: Decision, now: PolicyDecision, approved: PolicyDecision) -> tuple[str, ...]:
    """Every policy that decided: what stands against it, and for an approval what that would open."""
    policies = now.policies + (approved.policies if decision is Decision.APPROVAL_REQUIRED else ())
    return tuple(dict.fromkeys(policies)) or (DEFAULT_DENY,)


def _observed(
    capability: str, decision: Decision, now: PolicyDecision, approved: PolicyDecision, policy_set: PolicySet
) -> Iterator[Observation]:
    for name in dict.fromkeys((*now.observed, *approved.observed)):
        policy = policy_set.by_id[name]
        would = _decision(_enforced(policy, now), _enforced(policy, approved))
        if would is not decision:
            told = {"policy": name, "reason": policy.reason, "capability": capability}
            yield Observation(**told, would=would)


def _enforced(policy: Policy, ruling: PolicyDecision) -> PolicyDecision:
    """The ruling as it would be with an observed policy enforced."""
    if policy.id not in ruling.observed or (policy.effect == "permit" and ruling.effect is not None):
        return ruling
    return PolicyDecision(policy.effect, (policy.id,))


def _reason(policy: str, capability: str | None, policy_set: PolicySet) -> Reason:
    known = policy_set.by_id.get(policy)
    return Reason(
        policy=policy, reason=known.reason if known else BUILT_IN_REASONS[policy], capability=capability
    )


def _allowed(answer: _CapabilityDecision) -> bool:
    return answer.decision is Decision.ALLOW


def _overall(blocking: tuple[_CapabilityDecision, ...], tools: tuple[str, ...]) -> Decision:
    if any(answer.decision is Decision.DENY for answer in blocking):
        return Decision.DENY
    if blocking:
        return Decision.APPROVAL_REQUIRED
    return Decision.ALLOW if tools else Decision.DENY


def _ordered_reasons(
    answers: tuple[_CapabilityDecision, ...],
    blocking: tuple[_CapabilityDecision, ...],
    tools: tuple[str, ...],
) -> tuple[Reason, ...]:
    """The reasons, what matters most first; MAX_REASONS of them at most, and then a mark that there are more."""
    none = Reason(policy=NO_TOOLS, reason=BUILT_IN_REASONS[NO_TOOLS])
    weight = {answer.capability: 0 if answer in blocking else 1 + _allowed(answer) for answer in answers}
    ordered = sorted(answers, key=lambda answer: weight[answer.capability])
    told = (*(() if tools or blocking else (none,)), *(reason for each in ordered for reason in each.reasons))
    more = Reason(policy=MORE, reason=BUILT_IN_REASONS[MORE])
    return told if len(told) <= MAX_REASONS else (*told[: MAX_REASONS - 1], more)
