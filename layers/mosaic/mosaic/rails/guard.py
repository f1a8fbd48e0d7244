"""Guard rails: which capabilities an attempt gets, decided by policy, outside the agent. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import cedarpy

from mosaic.jobs.parts import GuardDecision, Reason
from mosaic.jobs.states import Decision
from mosaic.rails.capabilities import CAPABILITIES, PROFILES, tools_of
from mosaic.rails.policy import NAMESPACE, PolicyBook

DEFAULT_DENY = "default-deny"
UNKNOWN = "unknown-capability"
NO_TOOLS = "no-tools"


@dataclass(frozen=True)
class GuardRequest:
    """What is to be decided: an agent of `profile` wants to work on a repository in a workspace.

    `required` are the capabilities that the job cannot do without; what else the profile usually has is added where
    policy allows it. `granted` and `approved` are those that the workspace or a person has let through for this job.
    """

    workspace_id: str
    profile: str
    repository: str
    job_type: str
    source: str
    actor: str
    labels: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    granted: frozenset[str] = frozenset()
    approved: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Answer:
    capability: str
    decision: Decision
    reason: Reason


def decide(request: GuardRequest, book: PolicyBook) -> GuardDecision:
    """The decision on every capability, and so on the attempt.

    Deny when a required capability is refused, or when nothing that is allowed opens a tool; approval required when
    a person's yes would change a refusal of a required one; else allow, with exactly the capabilities that policy
    allows. `reasons` holds the deciding policy of every required or refused capability, the tools are those of the
    capabilities. An unknown capability is refused.
    """
    wanted = tuple(dict.fromkeys((*PROFILES.get(request.profile, ()), *request.required)))
    answers = tuple(_answer(name, request, book) for name in wanted)
    required = {answer.capability: answer for answer in answers if answer.capability in request.required}
    blocking = tuple(answer for answer in required.values() if answer.decision is not Decision.ALLOW)
    capabilities = tuple(answer.capability for answer in answers if answer.decision is Decision.ALLOW)
    told = tuple(
        answer.reason
        for answer in answers
        if answer.capability in required or answer.decision is not Decision.ALLOW
    )
    tools = tools_of(capabilities)
    if not tools and not blocking:
        told = (
            *told,
            Reason(policy=NO_TOOLS, reason=f"profile {request.profile} is left without a single tool"),
        )
    return GuardDecision(
        decision=_overall(blocking, tools),
        reasons=told
        or (Reason(policy="base", reason=f"all that profile {request.profile} asks for is allowed"),),
        capabilities=capabilities,
        refused=tuple(answer.capability for answer in blocking),
        tools=tools,
        policy_set=book.digest,
    )


def _overall(blocking: tuple[_Answer, ...], tools: tuple[str, ...]) -> Decision:
    if any(answer.decision is Decision.DENY for answer in blocking):
        return Decision.DENY
    if blocking:
        return Decision.APPROVAL_REQUIRED
    return Decision.ALLOW if tools else Decision.DENY


def _answer(capability: str, request: GuardRequest, book: PolicyBook) -> _Answer:
    if capability not in CAPABILITIES:
        reason = Reason(policy=UNKNOWN, reason=f"there is no capability {capability}", capability=capability)
        return _Answer(capability, Decision.DENY, reason)
    approved = capability in request.approved
    allowed, reason = _ask(capability, request, approved, book)
    if not allowed and not approved:
        with_approval, asked = _ask(capability, request, True, book)
        if with_approval:
            return _Answer(capability, Decision.APPROVAL_REQUIRED, asked)
    return _Answer(capability, Decision.ALLOW if allowed else Decision.DENY, reason)


def _ask(capability: str, request: GuardRequest, approved: bool, book: PolicyBook) -> tuple[bool, Reason]:
    answer = cedarpy.is_authorized(
        {
            "principal": {"type": f"{NAMESPACE}::Profile", "id": f"{request.workspace_id}/{request.profile}"},
            "action": {"type": f"{NAMESPACE}::Action", "id": capability},
            "resource": {"type": f"{NAMESPACE}::Repository", "id": request.repository},
            "context": {
                "jobType": request.job_type,
                "source": request.source,
                "actor": request.actor,
                "labels": list(request.labels),
                "granted": capability in request.granted,
                "approved": approved,
            },
        },
        book.policies,
        book.actions.with_added_json_str(json.dumps(_entities(request))),
    )
    named = sorted(answer.diagnostics.id_annotations_by_reason.values())
    policy = named[0] if named else DEFAULT_DENY
    text = book.reasons.get(policy, "") or "no policy permits it"
    return answer.allowed, Reason(policy=policy, reason=text, capability=capability)


def _entities(request: GuardRequest) -> list[dict[str, Any]]:
    workspace = {"workspace": request.workspace_id}
    principal = {"type": f"{NAMESPACE}::Profile", "id": f"{request.workspace_id}/{request.profile}"}
    return [
        {"uid": principal, "attrs": {**workspace, "profile": request.profile}, "parents": []},
        {
            "uid": {"type": f"{NAMESPACE}::Repository", "id": request.repository},
            "attrs": workspace,
            "parents": [],
        },
    ]
