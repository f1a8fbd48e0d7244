"""Mutants: bugs that are planted into the product, which the simulation has to detect.

The first line of each docstring states the effect of the bug.
"""

from tests.simulation.mutants import (
    accept_job,
    authentication,
    daily_budget,
    dead_letters,
    dispatch,
    forge_checks,
    issue_commands,
    job_completion,
    notify_issue,
    reconciliation,
    record_events,
    repair_log,
    standing_approvals,
)
from tests.simulation.mutants.registry import MUTANTS, planted

__all__ = [
    "MUTANTS",
    "accept_job",
    "authentication",
    "daily_budget",
    "dead_letters",
    "dispatch",
    "forge_checks",
    "issue_commands",
    "job_completion",
    "notify_issue",
    "planted",
    "reconciliation",
    "record_events",
    "repair_log",
    "standing_approvals",
]
