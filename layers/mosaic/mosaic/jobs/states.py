"""Where a job and its parts can stand. Pure."""

from __future__ import annotations

from enum import StrEnum


class JobStatus(StrEnum):
    """Where a job stands; what may follow is `mosaic.jobs.lifecycle.TRANSITIONS`."""

    PENDING = "PENDING"
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class Phase(StrEnum):
    """The part of an attempt that a job or a step is in."""

    SETUP = "SETUP"
    EXECUTION = "EXECUTION"
    VALIDATION = "VALIDATION"
    CLEANUP = "CLEANUP"


class StepType(StrEnum):
    """What kind of work a step is."""

    COMMAND = "COMMAND"
    AI_ACTION = "AI_ACTION"
    GATE = "GATE"
    ARTIFACT = "ARTIFACT"


class StepStatus(StrEnum):
    """Where a step stands."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


class GateStatus(StrEnum):
    """Where a gate stands; only PASSED and FORCED let a job complete."""

    PENDING = "PENDING"
    PASSED = "PASSED"
    FAILED = "FAILED"
    ERROR = "ERROR"
    FORCED = "FORCED"


class Decision(StrEnum):
    """What the guard rails say."""

    ALLOW = "allow"
    DENY = "deny"
    APPROVAL_REQUIRED = "approval_required"


class Waiting(StrEnum):
    """What a PENDING job waits for, or a QUEUED one that could go on but for the gateway."""

    DELAY = "delay"
    APPROVAL = "approval"
    SLOT = "slot"
    GATEWAY = "gateway"
