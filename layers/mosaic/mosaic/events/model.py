"""The event. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field

from mosaic.base import Timestamp, Value


class EventType(StrEnum):
    """All types of events."""

    JOB_CREATED = "job.created"
    JOB_QUEUED = "job.queued"
    JOB_STARTED = "job.started"
    JOB_PROGRESS = "job.progress"
    JOB_COMPLETED = "job.completed"
    JOB_FAILED = "job.failed"
    JOB_CANCELLED = "job.cancelled"
    JOB_RETRIED = "job.retried"
    JOB_APPROVAL_REQUIRED = "job.approval_required"
    JOB_APPROVED = "job.approved"
    JOB_DENIED = "job.denied"
    RAILS_GUARD = "rails.guard"
    RAILS_QUALITY = "rails.quality"
    DISPATCH_ACCEPTED = "dispatch.accepted"
    DISPATCH_FAILED = "dispatch.failed"
    STEP_STARTED = "step.started"
    STEP_OUTPUT = "step.output"
    STEP_COMPLETED = "step.completed"
    STEP_FAILED = "step.failed"
    GATE_STARTED = "gate.started"
    GATE_PASSED = "gate.passed"
    GATE_FAILED = "gate.failed"
    GATE_FORCED = "gate.forced"
    AI_TOOL_CALLED = "ai.tool_called"
    AI_TOKENS_USED = "ai.tokens_used"
    AI_ARTIFACT_CREATED = "ai.artifact_created"
    LOG_GAP = "log.gap"


# The index of a gap marker, after all events that its version can have.
GAP_INDEX = 999


class Event(Value):
    """An event of a job.

    The id is made of job, version and index, so that deriving the event again gives the same event.
    """

    id: str
    """The id, made of job, version and index; the same whenever the event is derived"""
    job_id: str
    """The job of the event"""
    version: int
    """The version of the job that the event belongs to"""
    index: int
    """The position among the events of the version, from 0"""
    type: EventType
    """The type of the event"""
    actor: str
    """The actor that changed the job"""
    timestamp: Timestamp
    """The time of the change"""
    step_id: str | None = None
    """The ordinal of the event's step"""
    payload: dict[str, Any] = Field(default_factory=dict)
    """The details, which depend on the type"""
    hash: str | None = None
    """The hash over all events of the version and the hash of the previous version"""


def is_gap_marker(event: Event) -> bool:
    """True if the event only marks that other events are missing."""
    return event.type is EventType.LOG_GAP and event.index == GAP_INDEX
