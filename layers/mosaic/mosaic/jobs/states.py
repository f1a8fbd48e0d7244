"""Statuses, phases and types of a job and its parts. Pure."""

from __future__ import annotations

from enum import StrEnum


class JobStatus(StrEnum):
    """The status of a job. `mosaic.jobs.lifecycle.TRANSITIONS` has the allowed transitions."""

    PENDING = "PENDING"
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class Phase(StrEnum):
    """The phase of an attempt or a step."""

    SETUP = "SETUP"
    EXECUTION = "EXECUTION"
    VALIDATION = "VALIDATION"
    CLEANUP = "CLEANUP"


class StepType(StrEnum):
    """The type of a step."""

    COMMAND = "COMMAND"
    AI_ACTION = "AI_ACTION"
    GATE = "GATE"
    ARTIFACT = "ARTIFACT"


class StepStatus(StrEnum):
    """The status of a step."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


class GateStatus(StrEnum):
    """The status of a gate. Only PASSED and FORCED let a job complete."""

    PENDING = "PENDING"
    PASSED = "PASSED"
    FAILED = "FAILED"
    ERROR = "ERROR"
    FORCED = "FORCED"


class Decision(StrEnum):
    """The decision of the guard rails."""

    ALLOW = "allow"
    DENY = "deny"
    APPROVAL_REQUIRED = "approval_required"


class Waiting(StrEnum):
    """The reason why a PENDING job, or a QUEUED job that waits for the gateway, does not go on."""

    DELAY = "delay"
    APPROVAL = "approval"
    SLOT = "slot"
    GATEWAY = "gateway"
