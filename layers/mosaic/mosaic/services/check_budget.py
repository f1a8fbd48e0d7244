"""Check the daily budget against the usage of the day's runs; no separate counter is kept."""

from __future__ import annotations

from datetime import datetime

from mosaic.access.model import Workspace
from mosaic.base import rfc3339
from mosaic.jobs import budget
from mosaic.jobs.failures import failed
from mosaic.jobs.usage import day_of
from mosaic.jobs.value_objects import JobError
from mosaic.storage.jobs import Jobs


def refusal(jobs: Jobs, workspace: Workspace, now: datetime) -> JobError | None:
    """Returns the error that refuses further dispatches today, or None while the budget lasts.

    The usage of a run is known when it ends. A day may therefore exceed its budget by the runs in progress.
    """
    if workspace.daily_budget is None:
        return None
    day = day_of(now)
    spent = budget.charged(jobs.usage_on(workspace.id, day), workspace.prices)
    used_up = budget.exhausted(workspace.daily_budget, spent, workspace.prices)
    if used_up is None:
        return None
    return failed("budget_exhausted", day=day, spent=used_up, opens=rfc3339(budget.opens_at(now)))
