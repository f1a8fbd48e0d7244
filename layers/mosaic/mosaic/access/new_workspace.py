"""The configuration of a new workspace, with limits from the start. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mosaic.access.model import Repository, Workspace
from mosaic.jobs.budget import DailyBudget

NEW_MAX_RUNNING = 10
"""The jobs of a new workspace that run at once."""

NEW_DAILY_BUDGET = DailyBudget(tokens=20_000_000)
"""The budget of a new workspace, in tokens: a new workspace has no prices, which a budget in money needs."""


def new_workspace(id: str, name: str, repositories: Iterable[Repository], **fields: Any) -> Workspace:
    """Returns a new workspace with the default limits, and other `fields` of `Workspace`."""
    return Workspace(
        id=id,
        name=name,
        repositories=tuple(repositories),
        max_running=NEW_MAX_RUNNING,
        daily_budget=NEW_DAILY_BUDGET,
        **fields,
    )
