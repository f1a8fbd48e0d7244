"""Events of an agent as a readable log."""

from __future__ import annotations

from mosaic_cli.errors import Json
from mosaic_cli.rendering.text import line
from mosaic_cli.rendering.values import utc_clock_time
from mosaic_cli.times import format_duration

INPUT_CHARACTERS = 200
_STEP_END_EVENTS = frozenset({"step.completed", "step.failed"})


def is_agent_event(event: Json) -> bool:
    """True if the event is output, a tool call, progress or an artifact of the agent."""
    payload = event.get("payload") or {}
    type = event.get("type")
    if type in ("step.output", "ai.tool_called", "ai.artifact_created"):
        return True
    if type == "job.progress":
        return bool(payload.get("message"))
    return type in _STEP_END_EVENTS and payload.get("phase") == "EXECUTION" and bool(payload.get("output"))


def entry(event: Json) -> str:
    """Returns the event's time and text; further lines of the text are indented."""
    return f"{utc_clock_time(event.get('timestamp'))}  " + _text(event).replace("\n", "\n          ")


def _text(event: Json) -> str:
    payload = event.get("payload") or {}
    type = event.get("type")
    if type == "ai.tool_called":
        return _tool_call(payload)
    if type == "ai.artifact_created":
        return f"made {line(payload.get('name'))} {line(payload.get('url') or '')}".rstrip()
    if type == "job.progress":
        return f"{payload.get('percent')} %  {payload.get('message')}"
    if type == "step.output":
        return str(payload.get("text") or "").rstrip("\n")
    return f"{payload.get('name')}: {str(payload.get('output')).rstrip()}"


def _tool_call(payload: Json) -> str:
    milliseconds = payload.get("durationMs")
    result = {True: "ok", False: "failed", None: ""}[payload.get("ok")]
    took = format_duration(milliseconds / 1000) if milliseconds is not None else ""
    outcome = ", ".join(part for part in (result, took) if part)
    call = f"{line(payload.get('tool'))} {line(payload.get('input') or '', INPUT_CHARACTERS)}".rstrip()
    return f"> {call}" + (f"  ({outcome})" if outcome else "")
