"""What clients get of policies: the HTTP contract in types."""

from __future__ import annotations

from typing import Literal

from mosaic.base import Value
from mosaic.rails.policy import BASE_PREFIX
from mosaic.rails.policy_source import Policy
from mosaic.rails.usage import PolicyUsage


class PolicyView(Value):
    """A policy, and how often it decided lately."""

    id: str
    """Its name, as decisions give it"""
    source: Literal["base", "workspace"]
    """Whether it is every workspace's or this one's own"""
    effect: Literal["permit", "forbid"]
    """What it does where it matches; a forbid wins"""
    mode: Literal["enforce", "observe"]
    """Whether it decides, or only tells what it would have decided"""
    reason: str
    """Why it is there"""
    text: str
    """The policy itself"""
    line: int
    """Where it begins in its text"""
    decided: int
    """In how many of the jobs it was among those that decided"""
    would_have: int
    """In how many of the jobs it would have changed the decision, had it been enforced"""

    @classmethod
    def of(cls, policy: Policy, usage: PolicyUsage) -> PolicyView:
        """The policy as it is shown."""
        return cls(
            id=policy.id,
            source="base" if policy.id.startswith(BASE_PREFIX) else "workspace",
            effect=policy.effect,
            mode="observe" if policy.observed else "enforce",
            reason=policy.reason,
            text=policy.text,
            line=policy.line,
            decided=usage.decided[policy.id],
            would_have=usage.would_have[policy.id],
        )


class PolicyList(Value):
    """All policies that decide in the workspace, the base policies first."""

    items: tuple[PolicyView, ...]
    """The policies"""
    policy_set: str
    """The hash that decisions by these policies have"""
    jobs: int
    """How many jobs, the newest, were looked at"""
