"""A new workspace has limits from the start."""

from mosaic.access.model import Workspace
from mosaic.access.new_workspace import NEW_DAILY_BUDGET, NEW_MAX_RUNNING
from mosaic.services.seed_demo_workspace import WORKSPACE, seed
from tests.fakes.clock import NOON
from tests.fakes.storage.access import FakeAccess


def test_new_workspace_bounds_runs_and_budget() -> None:
    access = FakeAccess()
    seed(access, NOON)  # type: ignore[arg-type]  # the fake is filled as the store is
    made = access.workspace(WORKSPACE)
    assert made
    assert (made.max_running, made.daily_budget) == (NEW_MAX_RUNNING, NEW_DAILY_BUDGET)
    # A budget in money needs prices, which a new workspace has not.
    assert made.daily_budget
    assert (made.prices, made.daily_budget.cost) == (None, None)


def test_defaults_are_closed_to_strangers() -> None:
    made = Workspace(id="acme")
    assert made.guests_need_approval
    assert (made.max_open_jobs_per_actor, made.max_open_jobs_per_issue) == (20, 10)
    assert (made.allowed_bots, made.agent_logins) == ((), ())
