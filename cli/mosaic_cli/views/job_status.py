"""What a job waits for, who has to act, and how it ended."""

from __future__ import annotations

from mosaic_cli.errors import Json
from mosaic_cli.views import attempt
from mosaic_cli.views import gate as gate_view
from mosaic_cli.views.value import Status, minute

# Who a job waits for, in words.
WHO = {
    "admin": "an admin",
    "reporter": "the reporter of its gates",
    "agent": "the agent",
    "mosaic": "Mosaic itself",
    "member": "a member",
}


def status(job: Json) -> Status:
    """The status, which stands out while the job waits for a person."""
    return Status(job.get("status"), waits_for_person=actor(job) == "admin")


def actor(job: Json) -> str | None:
    """Who has to act next, as far as the job tells."""
    who = (job.get("next") or {}).get("who")
    if who:
        return str(who)
    if job.get("waiting") == "approval":
        return "admin"
    return "reporter" if job.get("phase") == "VALIDATION" else None


def next_fields(job: Json) -> Json:
    """What happens next, until when, and who has to do it."""
    following = job.get("next") or {}
    if not following.get("what") or following.get("who") == "nobody":
        return {}
    until = f", until {minute(following['until'])}" if following.get("until") else ""
    return {
        "next": f"{following['what']}{until}",
        "up to": WHO.get(str(following.get("who")), following.get("who")),
        "report": _how_to_report(job),
    }


def _how_to_report(job: Json) -> str | None:
    """The command that reports a gate which an API token reports, while the job waits for one."""
    if job.get("phase") != "VALIDATION":
        return None
    waited_for = [
        gate
        for gate in job.get("gates") or ()
        if gate.get("status") == "PENDING" and gate_view.reporter(gate) == "token"
    ]
    if not waited_for:
        return None
    return f"mosaic gates report {job.get('id')} {waited_for[0].get('id')} --status passed --commit SHA"


def ending(job: Json) -> Json:
    """Who cancelled a job and why, or why it failed and what to do about it."""
    return {"cancelled": attempt.cancellation(job.get("cancelled") or {}), **error(job)}


def error(job: Json) -> Json:
    """Why a job failed, and what to do about it."""
    error = job.get("error") or {}
    code = f" ({error['code']})" if error.get("code") else ""
    return {"error": f"{error.get('title')}{code}" if error else None, "remedy": error.get("remedy")}
