"""Counts the decisions of policies in the guard decisions that jobs store. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from mosaic.jobs.value_objects import GuardDecision


@dataclass(frozen=True)
class PolicyCounts:
    """For each policy: the number of decisions that it made, and that it would have changed if enforced."""

    decided: Counter[str]
    would_have: Counter[str]


def count_policies(decisions: Iterable[GuardDecision]) -> PolicyCounts:
    """Counts each policy once in each decision."""
    usage = PolicyCounts(Counter(), Counter())
    for decision in decisions:
        usage.decided.update({reason.policy for reason in decision.reasons})
        usage.would_have.update({observation.policy for observation in decision.observed})
    return usage
