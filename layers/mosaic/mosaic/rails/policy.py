"""Policy sets: texts parsed once, asked as often as there are decisions, each policy able to explain itself."""

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
from mosaic.rails.policy_slicing import PolicyDecision, PolicySlice
from mosaic.rails.policy_source import Policy, parse
from mosaic.rails.satisfiability import Domains, is_satisfiable

BASE_PREFIX = "base."
# What is remembered in a warm function: of a book the answers, entities and excerpts, and books of workspaces.
MAX_DECISIONS = 1024
MAX_ENTITIES = 256
MAX_SLICES = 2048
MAX_POLICY_SETS = 32

# Stored policies that cannot be read, because Cedar has changed since, let nothing through.
_UNREADABLE = """
@id("base.unreadable")
@reason("the workspace's policies cannot be read; an admin has to mend them")
forbid (principal, action, resource);
"""


@dataclass(frozen=True)
class PolicyRequest:
    """Who wants to work on what: agents of a profile, a repository, and whatever else policies may read."""

    workspace_id: str
    profile: str
    repository: str
    context: Mapping[str, str | tuple[str, ...]]


class PolicySet:
    """The base policies and a workspace's own, which decide together: default deny, and a forbid wins.

    `policies` are all of them, `by_id` finds one, `digest` is the hash of both texts. Raises ValueError when a text
    does not parse, or two policies have one name.
    """

    def __init__(self, base: str, own: str = "") -> None:
        self.policies = (*parse(base), *parse(own))
        self.by_id: Mapping[str, Policy] = {policy.id: policy for policy in self.policies}
        if len(self.by_id) < len(self.policies):
            raise ValueError("two policies have one name")
        self.digest = "sha256:" + sha256(f"{base}\0{own}".encode()).hexdigest()
        self._base = base
        self._actions = cedarpy.Entities.from_json_str(json.dumps(schema.actions()))
        self._relevant = lru_cache(MAX_SLICES)(self._find_relevant)
        self._slice = lru_cache(MAX_SLICES)(self._find_slice)
        self._compiled_slice = lru_cache(MAX_SLICES)(PolicySlice)
        self._entities = lru_cache(MAX_ENTITIES)(self._build_entities)
        self._evaluated = lru_cache(MAX_DECISIONS)(self._evaluate)
        self._with = lru_cache(MAX_POLICY_SETS)(self._new_policy_set)

    def with_workspace_policies(self, own: str) -> PolicySet:
        """This book with a workspace's own policies, parsed once; with ones that cannot be read, nothing is allowed."""
        return self._with(own) if own else self

    def rule(self, at: PolicyRequest, capability: str, *, granted: bool, approved: bool) -> PolicyDecision:
        """What the policies say to a capability, `granted` by the workspace or not, `approved` by a person or not.

        The same question, as far as the policies that can match read it, is put to Cedar once.
        """
        excerpt = self._slice(at.workspace_id, at.profile, capability, at.repository)
        flags = {"granted": granted, "approved": approved}
        known = tuple([flags[name] if name in flags else at.context.get(name) for name in excerpt.attributes])
        repository = at.repository if excerpt.reads_resource else ""
        return self._evaluated(excerpt, at.workspace_id, at.profile, capability, repository, known)

    def _new_policy_set(self, own: str) -> PolicySet:
        try:
            return PolicySet(self._base, own)
        except ValueError:
            return PolicySet(self._base, _UNREADABLE)

    def _find_relevant(self, workspace_id: str, profile: str, capability: str) -> tuple[Policy, ...]:
        """The policies that can match for a profile and a capability, on some repository."""
        domains = _principal_and_action(workspace_id, profile, capability)
        return tuple(policy for policy in self.policies if is_satisfiable(policy.conditions, domains))

    def _find_slice(self, workspace_id: str, profile: str, capability: str, repository: str) -> PolicySlice:
        """Those of them that can match on this repository; most repositories share one excerpt."""
        domains = {
            **_principal_and_action(workspace_id, profile, capability),
            **_resource(workspace_id, repository),
        }
        concerned = self._relevant(workspace_id, profile, capability)
        able = (
            each for each in concerned if not each.reads_resource or is_satisfiable(each.conditions, domains)
        )
        return self._compiled_slice(tuple(able))

    def _build_entities(self, workspace_id: str, profile: str, repository: str) -> cedarpy.Entities:
        named = schema.participants(workspace_id, profile, repository)
        return self._actions.with_added_json_str(json.dumps(named))

    def _evaluate(
        self,
        excerpt: PolicySlice,
        workspace_id: str,
        profile: str,
        capability: str,
        repository: str,
        known: tuple[Any, ...],
    ) -> PolicyDecision:
        context = dict(zip(excerpt.attributes, known, strict=True))
        # Types apart from ids: Cedar would parse the usual form of each with its whole grammar.
        request = {
            "principal": {"type": schema.PROFILE, "id": schema.principal_id(workspace_id, profile)},
            "action": {"type": schema.ACTION, "id": capability},
            "resource": {"type": schema.REPOSITORY, "id": repository},
            "context": json.dumps({name: value for name, value in context.items() if value is not None}),
        }
        return excerpt.rule(request, self._entities(workspace_id, profile, repository))


@cache
def base_policies() -> PolicySet:
    """The policies that ship with the code, parsed once per process."""
    return PolicySet((files("mosaic.rails") / "policies" / "base.cedar").read_text("utf-8"))


def _principal_and_action(workspace_id: str, profile: str, capability: str) -> Domains:
    principal = schema.principal_id(workspace_id, profile)
    return {"principal": frozenset({principal}), "action": frozenset({capability})}


def _resource(workspace_id: str, repository: str) -> Domains:
    owner, _, name = repository.partition("/")
    known = {"": repository, ".owner": owner, ".name": name, ".workspace": workspace_id}
    return {f"resource{part}": frozenset({value}) for part, value in known.items()}
