"""Jobs as fields and tables."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from mosaic_cli.errors import Json
from mosaic_cli.paper import Table
from mosaic_cli.text import line
from mosaic_cli.times import length
from mosaic_cli.views import approval, outlook, policy, usage
from mosaic_cli.views import gate as gate_view
from mosaic_cli.views.value import Id, Moment, cut, moment, shown

HEADERS = ("STATUS", "ID", "CREATED", "REPOSITORY", "TYPE", "PHASE", "INSTRUCTIONS")
LINES = 10


def table(items: Iterable[Json]) -> Table:
    """A line per job."""
    return Table(HEADERS, (_job_row(job) for job in items), drop=("TYPE", "PHASE", "REPOSITORY"))


def _job_row(job: Json) -> tuple[object, ...]:
    return (
        outlook.status(job),
        Id(job.get("id")),
        Moment(job.get("createdAt")),
        shown(job.get("repository")),
        job.get("type"),
        shown(job.get("phase") or job.get("waiting")),
        line(job.get("instructions") or "", 80),
    )


def fields(job: Json, *, full: bool = False) -> Json:
    """What matters of one job; long texts are cut unless `full`."""
    source, guard, result = (job.get(name) or {} for name in ("source", "guard", "result"))
    lines = sys.maxsize if full else LINES
    return {
        "id": job.get("id"),
        "status": outlook.status(job),
        **outlook.next_fields(job),
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
        "agent task": job.get("agentTaskId"),
        "attempt": attempts(job),
        "priority": job.get("priority"),
        "asked by": _asker(source) if source else None,
        "page": source.get("url"),
        "created": moment(job.get("createdAt")),
        "run at": moment(job.get("runAt")),
        "tried again": moment(job.get("retryAt")),
        "started": moment(job.get("startedAt")),
        "completed": moment(job.get("completedAt")),
        "waits until": moment(job.get("expiresAt")),
        "commit": job.get("commitSha"),
        **usage.used(job.get("usage") or {}),
        "guard rails": _guard(guard),
        "approval": approval.answer(job),
        "instructions": cut(shown(job.get("instructions")), lines),
        "result": cut(shown(result.get("summary")), lines),
        **outlook.ending(job),
    }


def brief(job: Json) -> Json:
    """Which job it is and where it stands."""
    told = fields(job)
    names = ("id", "status", "next", "up to", "phase", "waiting for", "position", "run at", "attempt")
    return {name: told[name] for name in (*names, *outlook.ending(job)) if name in told}


def decision(answer: Json) -> Json:
    """What the rails would decide."""
    guard = answer.get("guard") or {}
    lists = {name: ", ".join(guard.get(name) or ()) for name in ("capabilities", "refused")}
    return {
        "decision": guard.get("decision"),
        "reasons": _reasons(guard),
        **lists,
        "agent": answer.get("agent"),
        "tools": ", ".join(answer.get("tools") or ()),
    }


def _asker(source: Json) -> str:
    known = [str(source[name]) for name in ("kind", "role") if source.get(name)]
    return f"{source.get('actor')} ({', '.join(known)})"


def _guard(guard: Json) -> str | None:
    return f"{guard.get('decision')}\n{_reasons(guard)}".rstrip() if guard else None


def _reasons(guard: Json) -> str:
    return f"{policy.reasons(guard)}\n{approval.counted(guard)}".strip()


def gates(job: Json) -> Table:
    """A line per gate."""
    headers = ("GATE", "STATUS", "REPORTER", "COMMIT", "DETAILS")
    rows = [_gate_row(gate) for gate in job.get("gates") or ()]
    return Table(headers, rows, title="Gates", drop=("COMMIT", "REPORTER"))


def _gate_row(gate: Json) -> tuple[object, ...]:
    who = gate.get("reportedBy") or gate_view.reporter(gate)
    details = gate.get("reason") or gate.get("details") or gate.get("url")
    return (gate.get("id"), gate.get("status"), shown(who), shown(gate.get("commitSha"))[:12], shown(details))


def steps(job: Json) -> Table:
    """A line per step of every attempt."""
    headers = ("STEP", "ATTEMPT", "PHASE", "NAME", "STATUS", "TOOK")
    rows = [_step_row(step) for step in job.get("steps") or ()]
    return Table(headers, rows, title="Steps", drop=("PHASE", "STEP", "ATTEMPT"))


def _step_row(step: Json) -> tuple[object, ...]:
    taken = step.get("durationMs")
    names = ("ordinal", "attempt", "phase", "name", "status")
    return (*(shown(step.get(name)) for name in names), "" if taken is None else length(taken / 1000))


def attempts(job: Json) -> str:
    """Which attempt, and of how many while those count that Mosaic makes by itself."""
    number, most = job.get("attempt"), job.get("maxAttempts")
    if not isinstance(number, int) or not isinstance(most, int) or number > most:
        return shown(number)
    return f"{number} of {most}"
