"""The policies that can match a request, compiled for Cedar. Pure."""

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
    """The result of evaluating policies.

    `effect` is that of the deciding `policies`; it is None, which denies, if no policy matches. `observed`
    are the matching policies in observe mode.
    """

    effect: pst.Effect | None
    policies: tuple[str, ...] = ()
    observed: tuple[str, ...] = ()


class PolicySlice:
    """A subset of a policy set.

    `attributes` are the context attributes that the policies read, sorted. `reads_resource` is True if the
    repository can change the decision.
    """

    def __init__(self, policies: tuple[Policy, ...]) -> None:
        observed = [policy for policy in policies if policy.observed]
        self.attributes = tuple(sorted(frozenset[str]().union(*(policy.attributes for policy in policies))))
        self.reads_resource = any(policy.reads_resource for policy in policies)
        self._enforced = _compiled(policy.tree for policy in policies if not policy.observed)
        # As permits, because Cedar then names every policy that matches.
        as_permits = (replace(policy.tree, effect="permit") for policy in observed)
        self._observed = _compiled(as_permits) if observed else None

    def evaluate(self, request: dict[str, Any], entities: cedarpy.Entities) -> PolicyDecision:
        """Returns Cedar's decision on a request whose context has these attributes."""
        enforced = cedarpy.is_authorized(request, self._enforced, entities)
        matching = cedarpy.is_authorized(request, self._observed, entities) if self._observed else None
        observed = tuple(sorted(matching.diagnostics.reasons)) if matching else ()
        if enforced.diagnostics.errors:  # Cedar skips a policy that fails, and it may be a forbid
            return PolicyDecision("forbid", (EVALUATION_ERROR,), observed)
        deciding = tuple(sorted(enforced.diagnostics.reasons))
        effect: pst.Effect = "permit" if enforced.allowed else "forbid"
        return PolicyDecision(effect if deciding else None, deciding, observed)


def _compiled(trees: Iterable[pst.Template]) -> cedarpy.PolicySet:
    """A Cedar policy set whose policies have their @id as id."""
    by_id = {tree.annotations["id"]: replace(tree, id=tree.annotations["id"]) for tree in trees}
    return cedarpy.PolicySet.from_pst(pst.PolicySet(templates={}, static_policies=by_id, template_links=()))
