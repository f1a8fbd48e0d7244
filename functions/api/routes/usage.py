"""The route that shows a workspace's usage."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from api.context import principal, services
from api.drafts import invalid_field
from api.schemas.usage import BudgetView, UsageView
from mosaic.access.model import Workspace
from mosaic.constraints import Matches
from mosaic.jobs import budget
from mosaic.jobs.errors import TooManyJobs
from mosaic.jobs.usage import DayUsage, day_of

router = APIGatewayHttpRouter()

# The request reads every job that ran since then.
OLDEST = timedelta(days=31)
# The most jobs that a request about a past day reads: some megabytes of the index.
MAX_JOBS = 20_000

_Day = Annotated[
    str, Matches(r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", "a day, such as 2026-01-31")
]
Day = Annotated[_Day | None, Query()]


@router.get("/workspaces/current/usage")
def usage(day: Day = None) -> UsageView:
    """Show the usage of the runs that ended on a UTC day, by default today."""
    caller, deps = principal(router), services(router)
    now = deps.clock()
    day = day or day_of(now)
    if not day_of(now - OLDEST) <= day <= day_of(now):
        raise invalid_field("day", f"must be today or one of the {OLDEST.days} days before")
    workspace = deps.workspaces.now(caller.workspace_id)
    try:
        used = deps.jobs.usage_on(caller.workspace_id, day, None if day == day_of(now) else MAX_JOBS)
    except TooManyJobs:
        raise invalid_field(
            "day", f"is too long ago: more than {MAX_JOBS} jobs ran since then; ask for a later day"
        ) from None
    return UsageView.model_validate({**dict(used), "budget": _budget(workspace, used, now)})


def _budget(workspace: Workspace, used: DayUsage, now: datetime) -> BudgetView | None:
    if workspace.daily_budget is None:
        return None
    charged = budget.charged(used, workspace.prices)
    return BudgetView(
        **dict(workspace.daily_budget),
        charged=charged,
        exhausted=budget.exhausted(workspace.daily_budget, charged, workspace.prices) is not None,
        opens_at=budget.opens_at(now),
    )
