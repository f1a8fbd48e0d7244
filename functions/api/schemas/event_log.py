"""What clients send and get where the record is looked after."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mosaic.base import Request, SentInt, Timestamp, Value
from mosaic.services.redrive_dead_letters import Redriven


class RepairEvents(Request):
    """What is said with a repair."""

    reason: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    """Why; kept with the mark of what is not to be had"""


class RepairAccepted(Value):
    """That a job's log is being looked after."""

    job_id: str
    """The job whose log it is"""
    asked_at: Timestamp
    """When it was asked for; what then cannot be found is marked with a later time"""


class RedriveDeadLetters(Request):
    """How much of what was set aside to put back."""

    limit: Annotated[SentInt, Field(ge=1, le=100)] = 25
    """How many messages at most"""


class RedrivenList(Value):
    """What became of each message; put back more until there is none."""

    items: tuple[Redriven, ...]
    """The messages of the workspace that were found"""
