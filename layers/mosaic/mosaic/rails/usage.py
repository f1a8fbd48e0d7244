"""How often policies decide, told from the decisions that jobs hold: no count can drift from them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from mosaic.jobs.value_objects import GuardDecision


@dataclass(frozen=True)
class Usage:
    """By policy: in how many of the decisions it decided, and in how many it would have, had it been enforced."""

    decided: Counter[str]
    would_have: Counter[str]


def usage(decisions: Iterable[GuardDecision]) -> Usage:
    """What these decisions tell, a policy counted once in each."""
    told = Usage(Counter(), Counter())
    for decision in decisions:
        told.decided.update({reason.policy for reason in decision.reasons})
        told.would_have.update({observation.policy for observation in decision.observed})
    return told
