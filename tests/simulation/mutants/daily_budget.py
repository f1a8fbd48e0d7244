"""Bugs in what a day may use."""

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
def a_retry_is_not_held() -> tuple[Patch, ...]:
    """Who asks again after a budget was used up is let through."""
    real = admit_job.AdmissionControl.blocked

    def held(self: Any, job: Job, workspace: Any, now: datetime) -> Job | None:
        asked = workspace if job.attempt == 1 else workspace.model_copy(update={"daily_budget": None})
        return real(self, job, asked, now)

    return ((admit_job.AdmissionControl, "blocked", held),)


@mutant
def a_budget_does_not_open_again() -> tuple[Patch, ...]:
    """What was used yesterday counts today as well."""
    real = check_budget.refusal

    def refusal(jobs: Any, workspace: Any, now: datetime) -> JobError | None:
        return real(jobs, workspace, now) or real(jobs, workspace, now - YESTERDAY)

    return ((check_budget, "refusal", refusal),)


@mutant
def a_budget_is_for_yesterday() -> tuple[Patch, ...]:
    """What is summed is the use of the day before, which is over and known."""
    real = check_budget.refusal
    return ((check_budget, "refusal", lambda jobs, workspace, now: real(jobs, workspace, now - YESTERDAY)),)


@mutant
def a_budget_is_used_up_only_beyond_it() -> tuple[Patch, ...]:
    """A day that has used exactly its budget goes on."""

    def exhausted(most: DailyBudget, spent: Charged, _prices: Prices | None) -> str | None:
        if most.tokens is not None and spent.tokens > most.tokens:
            return "all tokens"
        if most.cost is not None and spent.cost is not None and spent.cost > most.cost:
            return "all money"
        return None

    return ((budgets, "exhausted", exhausted),)


@mutant
def tokens_without_a_price_are_free() -> tuple[Patch, ...]:
    """Only what has a price counts against a budget of money."""
    real = budgets.charged

    def charged(usage: Usage, prices: Prices | None) -> Charged:
        free = {"unpriced_input": 0, "unpriced_output": 0}
        return real(total((usage,)).model_copy(update=free), prices)

    return ((budgets, "charged", charged),)
