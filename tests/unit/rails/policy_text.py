"""Policies of one condition, and their problems."""

from __future__ import annotations

from mosaic.rails.policy_checks import problems

WORKSPACE = "demo"
JOB_TYPES = ("code-task", "review")


def policy(condition: str, effect: str = "forbid", id: str = "mine") -> str:
    """Returns a policy with this condition on any request."""
    return f'@id("{id}") @reason("because") {effect} (principal, action, resource) when {{ {condition} }};\n'


def reasons(text: str) -> list[str]:
    """Returns the reasons why a text of policies is refused."""
    return [problem.reason for problem in problems(text, WORKSPACE, JOB_TYPES)]
