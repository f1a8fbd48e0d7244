"""A job's status, its next step, and its error or cancellation."""

from __future__ import annotations

from mosaic_cli.errors import Json
from mosaic_cli.rendering.values import Status, utc_minute
from mosaic_cli.views import attempt
from mosaic_cli.views import gate as gate_view

# The actor names of the API as text.
ACTORS = {
    "admin": "an admin",
    "reporter": "the reporter of its gates",
    "agent": "the agent",
    "mosaic": "Mosaic itself",
    "member": "a member",
}


def status(job: Json) -> Status:
    """Returns the status, highlighted while the job waits for an admin."""
    return Status(job.get("status"), waits_for_person=actor(job) == "admin")


def actor(job: Json) -> str | None:
    """Returns the actor of the job's next step, None if unknown."""
    who = (job.get("next") or {}).get("who")
    if who:
        return str(who)
    if job.get("waiting") == "approval":
        return "admin"
    return "reporter" if job.get("phase") == "VALIDATION" else None


def next_fields(job: Json) -> Json:
    """Returns the next step, its deadline and its actor."""
    step = job.get("next") or {}
    if not step.get("what") or step.get("who") == "nobody":
        return {}
    until = f", until {utc_minute(step['until'])}" if step.get("until") else ""
    return {
        "next": f"{step['what']}{until}",
        "next actor": ACTORS.get(str(step.get("who")), step.get("who")),
        "report": _report_command(job),
    }


def _report_command(job: Json) -> str | None:
    """Returns the command that reports the first pending gate with an API token, None without such a gate."""
    if job.get("phase") != "VALIDATION":
        return None
    pending = [
        gate
        for gate in job.get("gates") or ()
        if gate.get("status") == "PENDING" and gate_view.reporter(gate) == "token"
    ]
    if not pending:
        return None
    return f"mosaic gates report {job.get('id')} {pending[0].get('id')} --status passed --commit SHA"


def ending(job: Json) -> Json:
    """Returns the cancellation, or the error and its remedy."""
    error = job.get("error") or {}
    return {
        "cancelled": attempt.cancellation(job.get("cancelled") or {}),
        "error": attempt.error_title(error),
        "remedy": error.get("remedy"),
    }
