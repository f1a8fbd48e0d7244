"""Jobs as fields and tables."""

from __future__ import annotations

from collections.abc import Iterable

from mosaic_cli.errors import Json
from mosaic_cli.paper import Table
from mosaic_cli.text import line
from mosaic_cli.views import approval, policy, usage
from mosaic_cli.views import gate as gate_view
from mosaic_cli.views.value import minute, moment, shown


def table(items: Iterable[Json]) -> Table:
    """A line per job."""
    headers = ("ID", "STATUS", "PHASE", "TYPE", "REPOSITORY", "CREATED", "INSTRUCTIONS")
    return Table(headers, (_job_row(job) for job in items))


def _job_row(job: Json) -> tuple[object, ...]:
    return (
        job.get("id"),
        job.get("status"),
        shown(job.get("phase") or job.get("waiting")),
        job.get("type"),
        shown(job.get("repository")),
        minute(job.get("createdAt")),
        line(job.get("instructions") or "", 80),
    )


def fields(job: Json) -> Json:
    """What matters of one job."""
    source, guard, result = (job.get(name) or {} for name in ("source", "guard", "result"))
    return {
        "id": job.get("id"),
        "status": job.get("status"),
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
        "instructions": job.get("instructions"),
        "result": result.get("summary"),
        **error(job),
    }


def brief(job: Json) -> Json:
    """Which job it is and where it stands."""
    told = fields(job)
    names = ("id", "status", "phase", "waiting for", "position", "attempt", *error(job))
    return {name: told[name] for name in names}


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


def error(job: Json) -> Json:
    """Why a job failed, and what to do about it."""
    error = job.get("error") or {}
    code = f" ({error['code']})" if error.get("code") else ""
    return {"error": f"{error.get('title')}{code}" if error else None, "remedy": error.get("remedy")}


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
    return Table(headers, [_gate_row(gate) for gate in job.get("gates") or ()], title="Gates")


def _gate_row(gate: Json) -> tuple[object, ...]:
    who = gate.get("reportedBy") or gate_view.reporter(gate)
    details = gate.get("reason") or gate.get("details") or gate.get("url")
    return (gate.get("id"), gate.get("status"), shown(who), shown(gate.get("commitSha"))[:12], shown(details))


def steps(job: Json) -> Table:
    """A line per step of every attempt."""
    headers = ("STEP", "ATTEMPT", "PHASE", "NAME", "STATUS", "SECONDS")
    return Table(headers, [_step_row(step) for step in job.get("steps") or ()], title="Steps")


def _step_row(step: Json) -> tuple[object, ...]:
    taken = step.get("durationMs")
    seconds = "" if taken is None else f"{taken / 1000:.1f}"
    names = ("ordinal", "attempt", "phase", "name", "status")
    return (*(shown(step.get(name)) for name in names), seconds)


def attempts(job: Json) -> str:
    """Which attempt of how many."""
    return f"{shown(job.get('attempt'))}/{shown(job.get('maxAttempts'))}"
