"""What an event is. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field

from mosaic.base import Timestamp, Value


class EventType(StrEnum):
    """Every kind of event that a job's log can hold."""

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


# Where the mark of a gap stands: behind whatever its version can say.
GAP_INDEX = 999


class Event(Value):
    """One thing that happened to a job.

    `version` is the version of the job that it belongs to; events of one version are numbered by `index` from 0.
    The id is made of job, version and index, so that deriving the event again gives the same one.
    """

    id: str
    """Made of job, version and index: the same whenever it is derived"""
    job_id: str
    """The job that it happened to"""
    version: int
    """The version of the job that it belongs to"""
    index: int
    """Its place among the events of that version, from 0"""
    type: EventType
    """What happened"""
    actor: str
    """Who did it"""
    timestamp: Timestamp
    """When"""
    step_id: str | None = None
    """The ordinal of the step that it is about"""
    payload: dict[str, Any] = Field(default_factory=dict)
    """What else is to be known; depends on the type"""
    hash: str | None = None
    """The hash of its version over all events of that and over the hash of the version before"""


def is_gap_marker(event: Event) -> bool:
    """Whether the event only marks that others were not to be found: it says nothing of the job."""
    return event.type is EventType.LOG_GAP and event.index == GAP_INDEX
