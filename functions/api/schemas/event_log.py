"""Request and response bodies for event logs and dead letters."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mosaic.base import Request, SentInt, Timestamp, Value
from mosaic.services.redrive_dead_letters import Redriven


class RepairEvents(Request):
    """A repair of a job's event log."""

    reason: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    """The reason, stored with events that mark gaps"""


class RepairAccepted(Value):
    """The repair of a job's log was accepted."""

    job_id: str
    """The job"""
    requested_at: Timestamp
    """The time of the request; the repair is done when the log's `searchedAt` is later"""


class RedriveDeadLetters(Request):
    """The dead letters to redrive."""

    limit: Annotated[SentInt, Field(ge=1, le=100)] = 25
    """The maximum number of messages"""


class RedrivenList(Value):
    """The result for each message. Repeat the request until the list is empty."""

    items: tuple[Redriven, ...]
    """The redriven messages of the workspace"""
