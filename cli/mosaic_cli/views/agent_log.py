"""What an agent said and did, from the events of its job."""

from __future__ import annotations

from mosaic_cli.errors import Json
from mosaic_cli.text import line
from mosaic_cli.times import length
from mosaic_cli.views.value import clock_time

INPUT_CHARACTERS = 200
_STEP_ENDS = frozenset({"step.completed", "step.failed"})


def is_of_agent(event: Json) -> bool:
    """Whether the event is something that the agent or its run said, did or made."""
    payload = event.get("payload") or {}
    type = event.get("type")
    if type in ("step.output", "ai.tool_called", "ai.artifact_created"):
        return True
    if type == "job.progress":
        return bool(payload.get("message"))
    return type in _STEP_ENDS and payload.get("phase") == "EXECUTION" and bool(payload.get("output"))


def entry(event: Json) -> str:
    """The event as a time and a text, whose further lines are indented."""
    return f"{clock_time(event.get('timestamp'))}  " + _told(event).replace("\n", "\n          ")


def _told(event: Json) -> str:
    payload = event.get("payload") or {}
    type = event.get("type")
    if type == "ai.tool_called":
        return _tool(payload)
    if type == "ai.artifact_created":
        return f"made {line(payload.get('name'))} {line(payload.get('url') or '')}".rstrip()
    if type == "job.progress":
        return f"{payload.get('percent')} %  {payload.get('message')}"
    if type == "step.output":
        return str(payload.get("text") or "").rstrip("\n")
    return f"{payload.get('name')}: {str(payload.get('output')).rstrip()}"


def _tool(payload: Json) -> str:
    taken = payload.get("durationMs")
    ended = {True: "ok", False: "failed", None: ""}[payload.get("ok")]
    after = ", ".join(part for part in (ended, length(taken / 1000) if taken is not None else "") if part)
    called = f"{line(payload.get('tool'))} {line(payload.get('input') or '', INPUT_CHARACTERS)}".rstrip()
    return f"> {called}" + (f"  ({after})" if after else "")
