"""Bugs that can be planted into the product's own code, to see that the simulation finds them.

Each is a mistake that somebody could make, or has made elsewhere; its first line says what goes wrong.
"""

from tests.simulation.mutants import (
    accept_job,
    authentication,
    daily_budget,
    dead_letters,
    dispatch,
    forge_checks,
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
    "job_completion",
    "notify_issue",
    "planted",
    "reconciliation",
    "record_events",
    "repair_log",
    "standing_approvals",
]
