"""Policy sets: texts parsed once, asked as often as there are decisions, each policy able to explain itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

import cedarpy
from cedarpy import pst

from mosaic.rails import schema
from mosaic.rails.reach import possible
from mosaic.rails.source import Policy, parse

BASE_PREFIX = "base."
EVALUATION_ERROR = "evaluation-error"
# What is remembered in a warm function: of a book the answers, entities and excerpts, and books of workspaces.
ANSWERS = 1024
ENTITIES = 256
EXCERPTS = 2048
BOOKS = 32

# Stored policies that cannot be read, because Cedar has changed since, let nothing through.
_UNREADABLE = """
@id("base.unreadable")
@reason("the workspace's policies cannot be read; an admin has to mend them")
forbid (principal, action, resource);
"""


@dataclass(frozen=True)
class Circumstances:
    """Who wants to work on what: agents of a profile, a repository, and whatever else policies may read."""

    workspace_id: str
    profile: str
    repository: str
    context: Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True)
class Ruling:
    """What the policies say to a question.

    `effect` is that of the policies that decide, all of which are named; None where no policy speaks of it, which
    denies. `observed` are those in observe mode that match.
    """

    effect: pst.Effect | None
    policies: tuple[str, ...] = ()
    observed: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Excerpt:
    """The policies of a book that can match for a profile and a capability, and what of the request they read."""

    enforced: cedarpy.PolicySet
    observed: cedarpy.PolicySet | None
    attributes: tuple[str, ...]
    reads_resource: bool


class PolicyBook:
    """The base policies and a workspace's own, which decide together: default deny, and a forbid wins.

    `policies` are all of them, `by_id` finds one, `digest` is the hash of both texts. Raises ValueError when a text
    does not parse.
    """

    def __init__(self, base: str, own: str = "") -> None:
        self.policies = (*parse(base), *parse(own))
        self.by_id: Mapping[str, Policy] = {policy.id: policy for policy in self.policies}
        self.digest = "sha256:" + sha256(f"{base}\0{own}".encode()).hexdigest()
        self._base = base
        self._actions = cedarpy.Entities.from_json_str(json.dumps(schema.actions()))
        self._excerpt = lru_cache(EXCERPTS)(self._new_excerpt)
        self._entities = lru_cache(ENTITIES)(self._new_entities)
        self._answer = lru_cache(ANSWERS)(self._new_answer)
        self._with = lru_cache(BOOKS)(self._new_book)

    def joined(self, own: str) -> PolicyBook:
        """This book with a workspace's own policies, parsed once; with ones that cannot be read, nothing is allowed."""
        return self._with(own) if own else self

    def rule(self, at: Circumstances, capability: str, *, granted: bool, approved: bool) -> Ruling:
        """What the policies say to a capability, `granted` by the workspace or not, `approved` by a person or not.

        The same question, as far as the policies that can match read it, is put to Cedar once.
        """
        excerpt = self._excerpt(at.workspace_id, at.profile, capability)
        flags = {"granted": granted, "approved": approved}
        known = tuple([flags[name] if name in flags else at.context.get(name) for name in excerpt.attributes])
        repository = at.repository if excerpt.reads_resource else ""
        return self._answer(at.workspace_id, at.profile, capability, repository, known)

    def _new_book(self, own: str) -> PolicyBook:
        try:
            return PolicyBook(self._base, own)
        except ValueError:
            return PolicyBook(self._base, _UNREADABLE)

    def _new_excerpt(self, workspace_id: str, profile: str, capability: str) -> _Excerpt:
        world = {
            "principal": frozenset({schema.principal_id(workspace_id, profile)}),
            "action": frozenset({capability}),
        }
        able = [policy for policy in self.policies if possible(policy.conditions, world)]
        observed = [policy for policy in able if policy.observed]
        return _Excerpt(
            enforced=_compiled(policy.tree for policy in able if not policy.observed),
            observed=_compiled(replace(policy.tree, effect="permit") for policy in observed)
            if observed
            else None,
            attributes=tuple(sorted(frozenset[str]().union(*(policy.attributes for policy in able)))),
            reads_resource=any(policy.reads_resource for policy in able),
        )

    def _new_entities(self, workspace_id: str, profile: str, repository: str) -> cedarpy.Entities:
        named = schema.participants(workspace_id, profile, repository)
        return self._actions.with_added_json_str(json.dumps(named))

    def _new_answer(
        self, workspace_id: str, profile: str, capability: str, repository: str, known: tuple[Any, ...]
    ) -> Ruling:
        excerpt = self._excerpt(workspace_id, profile, capability)
        entities = self._entities(workspace_id, profile, repository)
        context = {
            name: value for name, value in zip(excerpt.attributes, known, strict=True) if value is not None
        }
        # Types apart from ids: Cedar would parse the usual form of each with its whole grammar.
        request = {
            "principal": {"type": schema.PROFILE, "id": schema.principal_id(workspace_id, profile)},
            "action": {"type": schema.ACTION, "id": capability},
            "resource": {"type": schema.REPOSITORY, "id": repository},
            "context": json.dumps(context),
        }
        answer = cedarpy.is_authorized(request, excerpt.enforced, entities)
        seen = cedarpy.is_authorized(request, excerpt.observed, entities) if excerpt.observed else None
        observed = tuple(sorted(seen.diagnostics.reasons)) if seen else ()
        if answer.diagnostics.errors:  # Cedar leaves out a policy that fails, and it may be a forbid
            return Ruling("forbid", (EVALUATION_ERROR,), observed)
        decided = tuple(sorted(answer.diagnostics.reasons))
        effect: pst.Effect = "permit" if answer.allowed else "forbid"
        return Ruling(effect if decided else None, decided, observed)


@cache
def base_policies() -> PolicyBook:
    """The policies that ship with the code, parsed once per process."""
    return PolicyBook((files("mosaic.rails") / "policies" / "base.cedar").read_text("utf-8"))


def _compiled(trees: Iterable[pst.Template]) -> cedarpy.PolicySet:
    """A set in which a policy goes by its @id."""
    named = {tree.annotations["id"]: replace(tree, id=tree.annotations["id"]) for tree in trees}
    return cedarpy.PolicySet.from_pst(pst.PolicySet(templates={}, static_policies=named, template_links=()))
