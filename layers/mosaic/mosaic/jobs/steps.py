"""Starting and ending the steps of a job. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mosaic.jobs.limits import MAX_OUTPUT_BYTES, MAX_OUTPUTS_BYTES
from mosaic.jobs.states import Phase, StepStatus, StepType
from mosaic.jobs.text import cut, size
from mosaic.jobs.value_objects import Step

GUARD_RAILS = "guard rails"
QUALITY_RAILS = "quality rails"
DISPATCH = "dispatch"
AGENT_RUN = "agent run"
STOP_RUN = "stop run"

_OWN = frozenset({GUARD_RAILS, QUALITY_RAILS, DISPATCH, AGENT_RUN, STOP_RUN})

Steps = tuple[Step, ...]


def gate_step(gate_id: str) -> str:
    """Returns the name of the step that represents a gate."""
    return f"gate {gate_id}"


def is_reserved(name: str) -> bool:
    """True if the step name is reserved for Mosaic."""
    return name in _OWN or name.startswith(gate_step(""))


def started(steps: Steps, attempt: int, phase: Phase, type: StepType, name: str, now: datetime) -> Steps:
    """Returns the steps with a new RUNNING step, started `now`."""
    step = Step(
        ordinal=len(steps) + 1,
        attempt=attempt,
        phase=phase,
        type=type,
        name=name,
        status=StepStatus.RUNNING,
        started_at=now,
    )
    return (*steps, step)


def begun(steps: Steps, attempt: int, phase: Phase, type: StepType, name: str, now: datetime) -> Steps:
    """Returns the steps with the attempt's step `name` RUNNING: unchanged, restarted, or new. A name is one
    step.
    """
    known = next((step for step in steps if (step.attempt, step.name) == (attempt, name)), None)
    if known is None:
        return started(steps, attempt, phase, type, name, now)
    if known.status is StepStatus.RUNNING:
        return steps
    again = {"status": StepStatus.RUNNING, "started_at": now, "completed_at": None, "duration_ms": None}
    return tuple(
        step.model_copy(update={**again, "output": None}) if step is known else step for step in steps
    )


def ended(
    steps: Steps,
    attempt: int,
    name: str,
    status: StepStatus,
    now: datetime,
    output: str | None = None,
    **fields: Any,
) -> Steps:
    """Returns the steps with the attempt's running step `name` ended; unchanged if there is no such step.

    `output` is cut to MAX_OUTPUT_BYTES, and further if all outputs together exceed MAX_OUTPUTS_BYTES.
    """
    room = MAX_OUTPUTS_BYTES - sum(size(step.output or "") for step in steps)
    kept = cut(output, max(64, min(room, MAX_OUTPUT_BYTES))) if output else None

    def end(step: Step) -> Step:
        return _end(step, status, now).model_copy(update={"output": kept, **fields})

    return tuple(end(step) if _is_running(step, attempt, name) else step for step in steps)


def end_running(steps: Steps, status: StepStatus, now: datetime) -> Steps:
    """Returns the steps with every running step ended with `status`."""
    return tuple(_end(step, status, now) if step.status is StepStatus.RUNNING else step for step in steps)


def fail_running(steps: Steps, now: datetime) -> Steps:
    """Returns the steps with every running step ended: FAILED, but SKIPPED for a gate without a report."""

    def fail(step: Step) -> Step:
        return _end(step, StepStatus.SKIPPED if step.type is StepType.GATE else StepStatus.FAILED, now)

    return tuple(fail(step) if step.status is StepStatus.RUNNING else step for step in steps)


def is_running(steps: Steps, attempt: int, name: str) -> bool:
    """True if the attempt has a running step of this name."""
    return any(_is_running(step, attempt, name) for step in steps)


def _is_running(step: Step, attempt: int, name: str) -> bool:
    return step.attempt == attempt and step.name == name and step.status is StepStatus.RUNNING


def _end(step: Step, status: StepStatus, now: datetime) -> Step:
    began = step.started_at or now
    duration = max(0, round((now - began).total_seconds() * 1000))
    return step.model_copy(
        update={"status": status, "completed_at": max(now, began), "duration_ms": duration}
    )
