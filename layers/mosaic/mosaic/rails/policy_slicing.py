"""The few policies that can match a request, made ready for Cedar, and what of the request they read. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import cedarpy
from cedarpy import pst

from mosaic.rails.policy_source import Policy

EVALUATION_ERROR = "evaluation-error"


@dataclass(frozen=True)
class PolicyDecision:
    """What policies say to a question.

    `effect` is that of the policies that decide, all of which are named; None where no policy speaks of it, which
    denies. `observed` are those in observe mode that match.
    """

    effect: pst.Effect | None
    policies: tuple[str, ...] = ()
    observed: tuple[str, ...] = ()


class PolicySlice:
    """Some policies of a book.

    `attributes` are those of the context that they read, in order; `reads_resource` says whether it matters to them
    which repository it is.
    """

    def __init__(self, policies: tuple[Policy, ...]) -> None:
        observed = [policy for policy in policies if policy.observed]
        self.attributes = tuple(sorted(frozenset[str]().union(*(policy.attributes for policy in policies))))
        self.reads_resource = any(policy.reads_resource for policy in policies)
        self._enforced = _compiled(policy.tree for policy in policies if not policy.observed)
        # All as permits, so that Cedar names every one that matches.
        as_permits = (replace(policy.tree, effect="permit") for policy in observed)
        self._observed = _compiled(as_permits) if observed else None

    def rule(self, request: dict[str, Any], entities: cedarpy.Entities) -> PolicyDecision:
        """What Cedar makes of a request that has these attributes."""
        answer = cedarpy.is_authorized(request, self._enforced, entities)
        seen = cedarpy.is_authorized(request, self._observed, entities) if self._observed else None
        observed = tuple(sorted(seen.diagnostics.reasons)) if seen else ()
        if answer.diagnostics.errors:  # Cedar leaves out a policy that fails, and it may be a forbid
            return PolicyDecision("forbid", (EVALUATION_ERROR,), observed)
        decided = tuple(sorted(answer.diagnostics.reasons))
        effect: pst.Effect = "permit" if answer.allowed else "forbid"
        return PolicyDecision(effect if decided else None, decided, observed)


def _compiled(trees: Iterable[pst.Template]) -> cedarpy.PolicySet:
    """A set in which a policy goes by its @id."""
    named = {tree.annotations["id"]: replace(tree, id=tree.annotations["id"]) for tree in trees}
    return cedarpy.PolicySet.from_pst(pst.PolicySet(templates={}, static_policies=named, template_links=()))
