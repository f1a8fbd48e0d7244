"""The stand-in's RPC: the methods and parameters of OpenClaw's admin RPC, on the stand-in's scheduler."""

from collections.abc import Callable, Mapping
from typing import Any

from local.gateway import payloads
from local.gateway.agent import ALLOWED_TOOLS
from local.gateway.cron import Automations
from local.gateway.payloads import Automation, Json
from local.gateway.validation import LIST_FIELDS, TASK_FIELDS, NotFoundError, RefusedError, check_add, require

Params = Mapping[str, Any]


def call(cron: Automations, method: str, params: Params, now_ms: int) -> Json:
    """Returns the gateway's payload for a call. Raises RefusedError."""
    if method not in METHODS:
        raise RefusedError(f"admin HTTP RPC method is not supported: {method}")
    return METHODS[method](cron, params, now_ms)


def _add(cron: Automations, params: Params, now_ms: int) -> Json:
    at_ms = check_add(params, now_ms, ALLOWED_TOOLS)
    definition = {name: value for name, value in params.items() if name != "enabled"}
    job, created, updated = cron.declare(definition, at_ms, now_ms, enable=params.get("enabled") is True)
    if job.key is None:
        return payloads.full(job)
    return {"created": created, **({} if created else {"updated": updated}), "job": payloads.full(job)}


def _get(cron: Automations, params: Params, _now_ms: int) -> Json:
    require(params, "cron.get", ["id"])
    return payloads.full(_find(cron, params["id"], "cron job"))


def _list(cron: Automations, params: Params, _now_ms: int) -> Json:
    require(params, "cron.list", (), LIST_FIELDS)
    query = str(params.get("query", "")).lower()
    jobs = [job for job in cron.jobs.values() if query in _search_text(job)]
    if not params.get("includeDisabled"):
        jobs = [job for job in jobs if job.enabled]
    jobs.sort(key=lambda job: (job.next_ms is None, job.next_ms or 0))
    view = payloads.compact if params.get("compact") else payloads.full
    return payloads.page([view(job) for job in jobs], "jobs", params, max(len(jobs), 1))


def _runs(cron: Automations, params: Params, _now_ms: int) -> Json:
    require(params, "cron.runs", ["id"])
    job_id = params["id"]
    if job_id not in cron.jobs and job_id not in cron.history:
        raise NotFoundError(job_id)
    return payloads.page(cron.history.get(job_id, []), "entries", params, 50)


def _remove(cron: Automations, params: Params, now_ms: int) -> Json:
    require(params, "cron.remove", ["id"])
    stopped = cron.remove(_find(cron, params["id"], "Automation"), now_ms)
    return {"ok": True, "removed": True, **({"sessionCleanup": "pending"} if stopped else {})}


def _list_tasks(cron: Automations, params: Params, _now_ms: int) -> Json:
    require(params, "tasks.list", (), TASK_FIELDS)
    tasks = reversed(cron.tasks.values())
    return {
        "tasks": [
            payloads.task(job, run) for job, run in tasks if params.get("status", run.status) == run.status
        ]
    }


def _get_task(cron: Automations, params: Params, _now_ms: int) -> Json:
    require(params, "tasks.get", ["taskId"])
    if params["taskId"] not in cron.tasks:
        raise RefusedError(f"task not found: {params['taskId']}")
    return {"task": payloads.task(*cron.tasks[params["taskId"]])}


def _list_agents(_cron: Automations, params: Params, _now_ms: int) -> Json:
    require(params, "agents.list", ())
    return {
        "defaultId": "main",
        "ownership": "explicit",
        "agents": [{"id": name} for name in sorted(ALLOWED_TOOLS)],
    }


def _cancel(cron: Automations, params: Params, now_ms: int) -> Json:
    require(params, "tasks.cancel", ["taskId"])
    job, run = cron.tasks.get(params["taskId"], (None, None))
    if job is None or run is None:
        return {"found": False, "cancelled": False, "reason": "Task not found."}
    if job.run is not run:
        reason = "Task is already terminal."
        return {"found": True, "cancelled": False, "reason": reason, "task": payloads.task(job, run)}
    cron.stop(job, "Cancelled by operator.", now_ms)
    return {"found": True, "cancelled": True, "task": payloads.task(job, run)}


METHODS: Mapping[str, Callable[[Automations, Params, int], Json]] = {
    "cron.add": _add,
    "cron.get": _get,
    "cron.list": _list,
    "cron.remove": _remove,
    "cron.runs": _runs,
    "tasks.list": _list_tasks,
    "tasks.get": _get_task,
    "tasks.cancel": _cancel,
    "agents.list": _list_agents,
}


def _find(cron: Automations, job_id: str, noun: str) -> Automation:
    job = cron.jobs.get(job_id)
    if job is None:
        raise NotFoundError(job_id, noun)
    return job


def _search_text(job: Automation) -> str:
    definition = job.definition
    fields = (job.id, definition["name"], definition.get("description", ""), definition["agentId"])
    return " ".join(fields).lower()
