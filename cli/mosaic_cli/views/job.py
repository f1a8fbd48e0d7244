"""Jobs as fields and tables."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from mosaic_cli.errors import Json
from mosaic_cli.rendering.renderers import Table
from mosaic_cli.rendering.text import line
from mosaic_cli.rendering.values import Id, Timestamp, as_text, first_lines, utc_second
from mosaic_cli.times import format_duration
from mosaic_cli.views import approval, job_status, policy, usage
from mosaic_cli.views import gate as gate_view

HEADERS = ("STATUS", "ID", "CREATED", "REPOSITORY", "TYPE", "PHASE", "INSTRUCTIONS")
LINES = 10


def table(items: Iterable[Json]) -> Table:
    """Returns a row per job."""
    return Table(HEADERS, (_job_row(job) for job in items), drop=("TYPE", "PHASE", "REPOSITORY"))


def _job_row(job: Json) -> tuple[object, ...]:
    return (
        job_status.status(job),
        Id(job.get("id")),
        Timestamp(job.get("createdAt")),
        as_text(job.get("repository")),
        job.get("type"),
        as_text(job.get("phase") or job.get("waiting")),
        line(job.get("instructions") or "", 80),
    )


def fields(job: Json, *, full: bool = False) -> Json:
    """Returns the fields of a job; long texts are cut unless `full`."""
    source, guard, result = (job.get(name) or {} for name in ("source", "guard", "result"))
    lines = sys.maxsize if full else LINES
    return {
        "id": job.get("id"),
        "status": job_status.status(job),
        **job_status.next_fields(job),
        "phase": job.get("phase"),
        "waiting for": job.get("waiting"),
        "position": job.get("position"),
        "progress": f"{job['progressPercent']} %" if job.get("progressPercent") else None,
        "type": job.get("type"),
        "profile": job.get("profile"),
        "repository": job.get("repository"),
        "branch": job.get("branch"),
        "paths": ", ".join(job.get("paths") or ()),
        "issue": job.get("issueNumber"),
        "code": job.get("shortCode") if job.get("issueNumber") else None,
        "agent task": job.get("agentTaskId"),
        "attempt": attempts(job),
        "priority": job.get("priority"),
        "requested by": _requester(source) if source else None,
        "retried by": ", ".join(job.get("retriedBy") or ()),
        "page": source.get("url"),
        "created": utc_second(job.get("createdAt")),
        "run at": utc_second(job.get("runAt")),
        "next retry": utc_second(job.get("retryAt")),
        "started": utc_second(job.get("startedAt")),
        "completed": utc_second(job.get("completedAt")),
        "waits until": utc_second(job.get("expiresAt")),
        "commit": job.get("commitSha"),
        **usage.fields(job.get("usage") or {}),
        "guard rails": _guard(guard),
        "approval": approval.answer(job),
        "instructions": first_lines(as_text(job.get("instructions")), lines),
        **_agent_text(job.get("agentText") or {}, lines),
        "result": first_lines(as_text(result.get("summary")), lines),
        **job_status.ending(job),
    }


def _agent_text(text: Json, lines: int) -> Json:
    """The text that the agent gets, and its hash, for an approver."""
    return {"agent text": first_lines(as_text(text.get("text")), lines), "text hash": text.get("hash")}


def summary(job: Json) -> Json:
    """Returns the id, the status and the next step of a job."""
    all_fields = fields(job)
    names = ("id", "status", "next", "next actor", "phase", "waiting for", "position", "run at", "attempt")
    return {name: all_fields[name] for name in (*names, *job_status.ending(job)) if name in all_fields}


def decision(document: Json) -> Json:
    """Returns the decision of the guard rails in a dry run."""
    guard = document.get("guard") or {}
    lists = {name: ", ".join(guard.get(name) or ()) for name in ("capabilities", "refused")}
    return {
        "decision": guard.get("decision"),
        "reasons": _reasons(guard),
        **lists,
        "agent": document.get("agent"),
        "tools": ", ".join(document.get("tools") or ()),
    }


def _requester(source: Json) -> str:
    details = [str(source[name]) for name in ("kind", "role") if source.get(name)]
    return f"{source.get('actor')} ({', '.join(details)})"


def _guard(guard: Json) -> str | None:
    return f"{guard.get('decision')}\n{_reasons(guard)}".rstrip() if guard else None


def _reasons(guard: Json) -> str:
    return f"{policy.reasons(guard)}\n{approval.applied(guard)}".strip()


def gates(job: Json) -> Table:
    """Returns a row per gate of a job."""
    headers = ("GATE", "STATUS", "REPORTER", "COMMIT", "DETAILS")
    rows = [_gate_row(gate) for gate in job.get("gates") or ()]
    return Table(headers, rows, title="Gates", drop=("COMMIT", "REPORTER"))


def _gate_row(gate: Json) -> tuple[object, ...]:
    reporter = gate.get("reportedBy") or gate_view.reporter(gate)
    details = gate.get("reason") or gate.get("details") or gate.get("url")
    commit = as_text(gate.get("commitSha"))[:12]
    return (gate.get("id"), gate.get("status"), as_text(reporter), commit, as_text(details))


def steps(job: Json) -> Table:
    """Returns a row per step of every attempt."""
    headers = ("STEP", "ATTEMPT", "PHASE", "NAME", "STATUS", "TOOK")
    rows = [_step_row(step) for step in job.get("steps") or ()]
    return Table(headers, rows, title="Steps", drop=("PHASE", "STEP", "ATTEMPT"))


def _step_row(step: Json) -> tuple[object, ...]:
    milliseconds = step.get("durationMs")
    names = ("ordinal", "attempt", "phase", "name", "status")
    took = "" if milliseconds is None else format_duration(milliseconds / 1000)
    return (*(as_text(step.get(name)) for name in names), took)


def attempts(job: Json) -> str:
    """Returns the attempt's number, and the maximum while automatic attempts remain."""
    number, maximum = job.get("attempt"), job.get("maxAttempts")
    if not isinstance(number, int) or not isinstance(maximum, int) or number > maximum:
        return as_text(number)
    return f"{number} of {maximum}"
