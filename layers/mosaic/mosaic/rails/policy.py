"""Policy sets: parsed once, evaluated by Cedar, with cached decisions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

import cedarpy

from mosaic.rails import schema
from mosaic.rails.conditions import Literal, Variable
from mosaic.rails.policy_slicing import PolicyDecision, PolicySlice
from mosaic.rails.policy_source import Policy, parse

BASE_PREFIX = "base."
GUEST_WITH_APPROVAL = f"{BASE_PREFIX}guest-with-approval"
# Cache sizes of a policy set, and the number of workspaces whose policy sets are cached.
MAX_DECISIONS = 1024
MAX_ENTITIES = 256
MAX_SLICES = 2048
MAX_POLICY_SETS = 32
# The most comparisons of a set that are read to leave policies out. Cedar decides a larger set with all policies.
MAX_SLICED_SIZE = 4000

# Replaces stored policies that a newer Cedar cannot parse: it forbids everything.
_UNREADABLE = """
@id("base.unreadable")
@reason("the workspace's policies cannot be read; an admin must correct them")
forbid (principal, action, resource);
"""


@dataclass(frozen=True)
class PolicyRequest:
    """The principal, resource and context of a request, without the action."""

    workspace_id: str
    profile: str
    repository: str
    context: Mapping[str, str | tuple[str, ...]]


class PolicySet:
    """The base policies and a workspace's own policies. The default is deny, and a forbid overrides every
    permit.

    `by_id` maps ids to `policies`; `digest` is the hash of both texts. Raises ValueError for a text that does
    not parse and for a duplicate id.
    """

    def __init__(self, base: str, own: str = "") -> None:
        self.policies = (*parse(base), *parse(own))
        self.by_id: Mapping[str, Policy] = {policy.id: policy for policy in self.policies}
        if len(self.by_id) < len(self.policies):
            raise ValueError("two policies have the same id")
        self.digest = "sha256:" + sha256(f"{base}\0{own}".encode()).hexdigest()
        self._base = base
        self._is_sliced = sum(policy.conditions.holds.size for policy in self.policies) <= MAX_SLICED_SIZE
        self._actions = cedarpy.Entities.from_json_str(json.dumps(schema.actions()))
        self._relevant = lru_cache(MAX_SLICES)(self._find_relevant)
        self._slice = lru_cache(MAX_SLICES)(self._find_slice)
        self._compiled_slice = lru_cache(MAX_SLICES)(PolicySlice)
        self._entities = lru_cache(MAX_ENTITIES)(self._build_entities)
        self._evaluated = lru_cache(MAX_DECISIONS)(self._evaluate)
        self._with = lru_cache(MAX_POLICY_SETS)(self._new_policy_set)

    def with_workspace_policies(self, own: str, *, guests_need_approval: bool = True) -> PolicySet:
        """Returns this set with a workspace's own policies, from a cache. Unreadable policies forbid
        everything.

        Without `guests_need_approval` the base policy GUEST_WITH_APPROVAL is left out.
        """
        return self._with(own, guests_need_approval) if own or not guests_need_approval else self

    def evaluate(
        self, request: PolicyRequest, capability: str, *, granted: bool, approved: bool
    ) -> PolicyDecision:
        """Returns the decision of the policies on one capability.

        Requests with the same values of the attributes that matching policies read share one cached Cedar
        evaluation.
        """
        policies = self._slice(request.workspace_id, request.profile, capability, request.repository)
        context = {**request.context, "granted": granted, "approved": approved}
        values = tuple([context.get(name) for name in policies.attributes])
        repository = request.repository if policies.reads_resource else ""
        return self._evaluated(
            policies, request.workspace_id, request.profile, capability, repository, values
        )

    def _new_policy_set(self, own: str, guests_need_approval: bool) -> PolicySet:
        base = self._base if guests_need_approval else self._base_without(GUEST_WITH_APPROVAL)
        try:
            return PolicySet(base, own)
        except ValueError:
            return PolicySet(base, _UNREADABLE)

    def _base_without(self, id: str) -> str:
        """The base policies without one, the others on their lines."""
        text = self.by_id[id].text if id in self.by_id else ""
        return self._base.replace(text, "\n" * text.count("\n")) if text else self._base

    def _find_relevant(self, workspace_id: str, profile: str, capability: str) -> tuple[Policy, ...]:
        """The policies that can match the profile and the capability on any repository."""
        known = _principal_and_action(workspace_id, profile, capability)
        return tuple(policy for policy in self.policies if policy.conditions.holds.truth(known) is not False)

    def _find_slice(self, workspace_id: str, profile: str, capability: str, repository: str) -> PolicySlice:
        """The relevant policies that can match this repository. Most repositories share one slice."""
        if not self._is_sliced:
            return self._compiled_slice(self.policies)
        known = {
            **_principal_and_action(workspace_id, profile, capability),
            **_resource(workspace_id, repository),
        }
        policies = (
            policy
            for policy in self._relevant(workspace_id, profile, capability)
            if not policy.reads_resource or policy.conditions.holds.truth(known) is not False
        )
        return self._compiled_slice(tuple(policies))

    def _build_entities(self, workspace_id: str, profile: str, repository: str) -> cedarpy.Entities:
        entities = schema.request_entities(workspace_id, profile, repository)
        return self._actions.with_added_json_str(json.dumps(entities))

    def _evaluate(
        self,
        policies: PolicySlice,
        workspace_id: str,
        profile: str,
        capability: str,
        repository: str,
        values: tuple[Any, ...],
    ) -> PolicyDecision:
        context = dict(zip(policies.attributes, values, strict=True))
        # Separate types and ids: Cedar parses the combined form with its whole grammar, which is slow.
        request = {
            "principal": {"type": schema.PROFILE, "id": schema.principal_id(workspace_id, profile)},
            "action": {"type": schema.ACTION, "id": capability},
            "resource": {"type": schema.REPOSITORY, "id": repository},
            "context": json.dumps({name: value for name, value in context.items() if value is not None}),
        }
        return policies.evaluate(request, self._entities(workspace_id, profile, repository))


@cache
def base_policies() -> PolicySet:
    """Returns the policies that ship with the code, parsed once per process."""
    return PolicySet((files("mosaic.rails") / "policies" / "base.cedar").read_text("utf-8"))


def _principal_and_action(workspace_id: str, profile: str, capability: str) -> dict[Variable, Literal]:
    return {"principal.workspace": workspace_id, "principal.profile": profile, "action": capability}


def _resource(workspace_id: str, repository: str) -> dict[Variable, Literal]:
    owner, _, name = repository.partition("/")
    return {"resource.workspace": workspace_id, "resource.owner": owner, "resource.name": name}
