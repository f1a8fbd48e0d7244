"""Response bodies for policies."""

from __future__ import annotations

from typing import Literal

from mosaic.base import Value
from mosaic.rails.policy import BASE_PREFIX
from mosaic.rails.policy_counts import PolicyCounts
from mosaic.rails.policy_source import Policy


class PolicyView(Value):
    """A policy with the number of its recent decisions."""

    id: str
    """The policy's id, as used in decisions"""
    source: Literal["base", "workspace"]
    """`base` for a policy of every workspace, `workspace` for the workspace's own"""
    effect: Literal["permit", "forbid"]
    """The effect of a match; a forbid overrides every permit"""
    mode: Literal["enforce", "observe"]
    """`enforce`, or `observe` for a policy that only records the decision that it would make"""
    reason: str
    """The reason for the policy"""
    text: str
    """The Cedar text of the policy"""
    line: int
    """The first line of the policy in its text"""
    decided: int
    """The number of jobs that the policy decided, alone or with others"""
    would_have: int
    """The number of jobs whose decision the policy would have changed if enforced"""

    @classmethod
    def of(cls, policy: Policy, usage: PolicyCounts) -> PolicyView:
        """Returns the policy with its usage."""
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
    """The policies of the workspace, base policies first."""

    items: tuple[PolicyView, ...]
    """The policies"""
    policy_set: str
    """The hash of these policies in decisions"""
    jobs: int
    """The number of jobs, the newest, that were counted"""
