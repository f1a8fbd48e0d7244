"""Mutants of the daily budget."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from mosaic.jobs import budget as budgets
from mosaic.jobs.budget import Charged, DailyBudget
from mosaic.jobs.model import Job
from mosaic.jobs.usage import Usage, total
from mosaic.jobs.value_objects import JobError
from mosaic.money import Prices
from mosaic.services import admit_job, check_budget
from tests.simulation.mutants.registry import Patch, mutant

YESTERDAY = timedelta(days=1)


@mutant
def retry_ignores_the_budget() -> tuple[Patch, ...]:
    """A retry starts although the budget is exhausted."""
    real = admit_job.AdmissionControl.blocked

    def blocked(self: Any, job: Job, workspace: Any, now: datetime) -> Job | None:
        without_budget = (
            workspace if job.attempt == 1 else workspace.model_copy(update={"daily_budget": None})
        )
        return real(self, job, without_budget, now)

    return ((admit_job.AdmissionControl, "blocked", blocked),)


@mutant
def budget_never_resets() -> tuple[Patch, ...]:
    """Yesterday's usage counts for today, too."""
    real = check_budget.refusal

    def refusal(jobs: Any, workspace: Any, now: datetime) -> JobError | None:
        return real(jobs, workspace, now) or real(jobs, workspace, now - YESTERDAY)

    return ((check_budget, "refusal", refusal),)


@mutant
def budget_counts_the_day_before() -> tuple[Patch, ...]:
    """Only the usage of the day before counts."""
    real = check_budget.refusal
    return ((check_budget, "refusal", lambda jobs, workspace, now: real(jobs, workspace, now - YESTERDAY)),)


@mutant
def exhausted_budget_allows_another_run() -> tuple[Patch, ...]:
    """A run starts when the usage equals the budget."""

    def exhausted(budget: DailyBudget, spent: Charged, _prices: Prices | None) -> str | None:
        if budget.tokens is not None and spent.tokens > budget.tokens:
            return "all tokens"
        if budget.cost is not None and spent.cost is not None and spent.cost > budget.cost:
            return "all money"
        return None

    return ((budgets, "exhausted", exhausted),)


@mutant
def unpriced_tokens_are_free() -> tuple[Patch, ...]:
    """Tokens of a model without a price cost nothing."""
    real = budgets.charged

    def charged(usage: Usage, prices: Prices | None) -> Charged:
        free = {"unpriced_input": 0, "unpriced_output": 0}
        return real(total((usage,)).model_copy(update=free), prices)

    return ((budgets, "charged", charged),)
