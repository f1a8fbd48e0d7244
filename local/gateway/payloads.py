"""The stand-in's JSON in OpenClaw's formats: automations, history entries, tasks and callbacks."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.gateway.agent import Turn
from local.gateway.validation import iso

Json = dict[str, Any]


@dataclass
class Run:
    """One turn of an agent. `timed_out` is true if its timeout ends it at `ends_ms`."""

    id: str
    session_id: str
    started_ms: int
    ends_ms: int
    turn: Turn
    timed_out: bool
    status: str = "running"
    ended_ms: int | None = None


@dataclass
class Automation:
    """A scheduled run with its state. `definition` holds the parameters of `cron.add`."""

    id: str
    definition: Json
    created_ms: int
    updated_ms: int
    enabled: bool = True
    next_ms: int | None = None
    run: Run | None = None
    delivering: bool = False
    errors: int = 0
    last: Json = field(default_factory=dict)

    @property
    def key(self) -> str | None:
        """The declaration key, if it has one."""
        return self.definition.get("declarationKey")


@dataclass(frozen=True)
class Outcome:
    """The results of a run and of its callback."""

    status: str
    error: str | None
    reason: str | None
    delivery_error: str | None = None


def full(job: Automation) -> Json:
    """Returns an automation in the format of `cron.get` and `cron.add`."""
    revision = hashlib.sha256(json.dumps(job.definition, sort_keys=True).encode()).hexdigest()
    return {
        "id": job.id,
        **job.definition,
        "enabled": job.enabled,
        "createdAtMs": job.created_ms,
        "updatedAtMs": job.updated_ms,
        "scheduledToolPolicy": {"version": 1, "mode": "trusted"},
        "state": state(job),
        "configRevision": f"sha256:{revision}",
        **({"nextRunAtMs": job.next_ms} if job.next_ms is not None else {}),
    }


def compact(job: Automation) -> Json:
    """Returns an automation in the format of a compact `cron.list`."""
    last_run = job.last.get("lastRunAtMs")
    return {
        "id": job.id,
        "name": job.definition["name"],
        "agentId": job.definition["agentId"],
        "updatedAtMs": job.updated_ms,
        **({"declarationKey": job.key} if job.key else {}),
        "enabled": job.enabled,
        "nextRunAt": None if job.next_ms is None else iso(job.next_ms),
        "nextRunAtMs": job.next_ms,
        "scheduleKind": job.definition["schedule"]["kind"],
        "schedule": job.definition["schedule"],
        "lastRunAt": None if last_run is None else iso(last_run),
        "lastRunAtMs": last_run,
        "lastRunStatus": job.last.get("lastRunStatus"),
        "lastRunError": job.last.get("lastError"),
        **({"runningAtMs": job.run.started_ms} if job.run else {}),
        "effectiveAgentId": job.definition["agentId"],
    }


def state(job: Automation) -> Json:
    """Returns the scheduler's state of an automation."""
    return {
        **({"nextRunAtMs": job.next_ms} if job.next_ms is not None else {}),
        **job.last,
        **({"consecutiveErrors": job.errors} if job.last else {}),
        **({"runningAtMs": job.run.started_ms} if job.run else {}),
    }


def callback(job: Automation, run: Run) -> Json:
    """Returns the callback of an ended run; the automation still counts as running."""
    return {
        "jobId": job.id,
        "action": "finished",
        "job": {**full(job), "createdActor": {"type": "human", "source": "profile", "id": "gateway-owner"}},
        "runAtMs": run.started_ms,
        "durationMs": run.ends_ms - run.started_ms,
        "status": "error" if run.turn.error else "ok",
        **_summary_or_error(run.turn.summary, run.turn.error),
        "delivered": True,
        "deliveryStatus": "delivered",
        "delivery": _trace(job, None),
        **_session(job, run),
        **_model(run),
    }


def entry(job: Automation, run: Run, outcome: Outcome) -> Json:
    """Returns a row of `cron.runs`."""
    ended_ms = run.ended_ms if run.ended_ms is not None else run.ends_ms
    failed = outcome.delivery_error is not None or outcome.status != "ok"
    summary = run.turn.summary if outcome.status == "ok" else None
    return {
        "ts": ended_ms,
        "jobId": job.id,
        "action": "finished",
        "status": outcome.status,
        "completionStatus": "failed" if failed else "succeeded",
        **_summary_or_error(summary, outcome.error),
        **({"errorReason": outcome.reason} if outcome.reason else {}),
        "runAtMs": run.started_ms,
        "durationMs": ended_ms - run.started_ms,
        **({"nextRunAtMs": job.next_ms} if job.next_ms is not None else {}),
        **(_model(run) if outcome.status == "ok" else {"model": "fake-1", "provider": "fake"}),
        "delivered": outcome.delivery_error is None,
        "deliveryStatus": "not-delivered" if outcome.delivery_error else "delivered",
        **({"deliveryError": outcome.delivery_error} if outcome.delivery_error else {}),
        "delivery": _trace(job, outcome.delivery_error),
        **_session(job, run),
        "jobName": job.definition["name"],
    }


def task(job: Automation, run: Run) -> Json:
    """Returns a run in the format of `tasks.list`."""
    return {
        "id": run.id,
        "taskId": run.id,
        "kind": "automation_run",
        "runtime": "cron",
        "status": run.status,
        "execution": {"state": "unknown" if run.status == "running" else "finished"},
        "title": job.definition["name"],
        "agentId": job.definition["agentId"],
        "sessionKey": "",
        "hasTranscript": run.status == "completed",
        "ownerKey": "",
        "runId": f"cron:{job.id}:{run.started_ms}:{run.session_id}",
        "sourceId": job.id,
        "createdAt": run.started_ms,
        "updatedAt": run.ended_ms or run.started_ms,
        "startedAt": run.started_ms,
        **({"endedAt": run.ended_ms} if run.ended_ms else {}),
        "progressSummary": "Running automation.",
        "deliveryStatus": "not_applicable",
    }


def page(rows: list[Json], name: str, params: Mapping[str, Any], default_limit: int) -> Json:
    """Returns one page of a list in the format of every list method."""
    total = len(rows)
    offset = min(int(params.get("offset", 0)), total)
    limit = max(1, min(200, int(params.get("limit", default_limit))))
    following = offset + limit
    has_more = following < total
    return {
        name: rows[offset:following],
        "total": total,
        "offset": offset,
        "limit": limit,
        "hasMore": has_more,
        "nextOffset": following if has_more else None,
    }


def _summary_or_error(summary: str | None, error: str | None) -> Json:
    return {"error": error} if error else {"summary": summary}


def _session(job: Automation, run: Run) -> Json:
    agent = job.definition["agentId"]
    key = f"agent:{agent}:cron:{job.id}:run:{run.session_id}"
    return {"sessionId": run.session_id, "sessionKey": key}


def _model(run: Run) -> Json:
    calls = run.turn.model_calls
    usage = {"input_tokens": 11 * calls, "output_tokens": 7 * calls, "total_tokens": 18 * calls}
    return {
        "model": "fake-1",
        "provider": "fake",
        **({} if run.turn.error else {"usage": usage}),
    }


def _trace(job: Automation, error: str | None) -> Json:
    to = job.definition.get("delivery", {}).get("to")
    resolved = {"to": to, "source": "explicit", "ok": error is None, **({"error": error} if error else {})}
    return {"intended": {"to": to, "source": "explicit"}, "resolved": resolved, "delivered": error is None}
