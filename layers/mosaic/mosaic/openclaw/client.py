"""OpenClaw as a `RunGateway`: each run is an automation that is due once, made over the admin RPC.

Tested with OpenClaw 2026.9.6. Its rules are in its docs under `automation/cron-jobs` and
`plugins/admin-http-rpc`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from mosaic.openclaw import responses
from mosaic.openclaw.errors import (
    GatewayBroke,
    GatewayUnavailable,
    ScheduledRunNotFound,
    TaskNotFound,
    UnknownAgent,
)
from mosaic.openclaw.model import Accepted, RunOutcome, RunRequest, ScheduledRun, Task
from mosaic.openclaw.rpc import HttpRpc, Rpc

PAGE = 200
"""Rows of a `cron.list` page: the gateway's maximum."""

TASKS_PAGE = 500
"""Rows of a `tasks.list` page: the gateway's maximum."""


class Gateway:
    """An OpenClaw gateway reached by `rpc`; `connect` makes one over HTTP."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    @classmethod
    def connect(
        cls, base_url: str, token: str, *, connect_timeout: float = 2.0, read_timeout: float = 10.0
    ) -> Self:
        """Returns the gateway at `base_url` without calling it. Timeouts are in seconds."""
        return cls(HttpRpc(base_url, token, connect_timeout=connect_timeout, read_timeout=read_timeout))

    def __repr__(self) -> str:
        return f"Gateway({self._rpc!r})"

    def add(self, request: RunRequest) -> Accepted:
        """Calls `cron.add`. For an unknown agent the gateway answers as if it were broken; the list of agents
        tells them apart.
        """
        try:
            payload = self._rpc("cron.add", add_params(request))
        except GatewayBroke:
            known = self.agents()
            if request.agent in known:
                raise
            raise UnknownAgent(request.agent, known) from None
        job = payload.get("job")
        if not isinstance(job, Mapping) or not isinstance(job.get("id"), str):
            raise GatewayUnavailable(
                "cron.add: the response names no scheduled run", may_have_been_accepted=True
            )
        return Accepted(scheduled_run_id=job["id"], created=payload.get("created") is True)

    def find(self, key: str) -> ScheduledRun | None:
        """Calls `cron.list`, narrowed by the key that `add` puts in the description, and compares the whole
        key.
        """
        offset: int | None = 0
        while offset is not None:
            page = self._rpc("cron.list", list_params(key, offset))
            for job in _rows(page, "jobs"):
                if job.get("declarationKey") == key:
                    return responses.scheduled_run(job)
            following = responses.whole(page.get("nextOffset")) if page.get("hasMore") is True else None
            offset = following if following is not None and following > offset else None
        return None

    def outcome(self, scheduled_run_id: str) -> RunOutcome | None:
        """Calls `cron.runs`, which has finished runs only, newest first, also after the scheduled run was
        removed.
        """
        try:
            page = self._rpc("cron.runs", {"id": scheduled_run_id, "limit": 1})
        except ScheduledRunNotFound:
            return None
        entries = _rows(page, "entries")
        return responses.outcome(entries[0]) if entries else None

    def remove(self, scheduled_run_id: str) -> bool:
        """Calls `cron.remove`, which also stops a running turn; no callback follows."""
        try:
            payload = self._rpc("cron.remove", {"id": scheduled_run_id})
        except ScheduledRunNotFound:
            return False
        return payload.get("removed") is True

    def running(self, scheduled_run_id: str) -> tuple[Task, ...]:
        """Calls `tasks.list` page by page: the running turns of the scheduled run, also after its removal."""
        cursor: dict[str, str] = {}
        found: list[Task] = []
        while True:
            page = self._rpc("tasks.list", {"status": "running", "limit": TASKS_PAGE, **cursor})
            tasks = (responses.task(row) for row in _rows(page, "tasks"))
            found += (task for task in tasks if task.scheduled_run_id == scheduled_run_id)
            following = responses.text(page.get("nextCursor"))
            if following is None or following == cursor.get("cursor"):
                return tuple(found)
            cursor = {"cursor": following}

    def task(self, task_id: str) -> Task | None:
        """Calls `tasks.get`."""
        try:
            row = self._rpc("tasks.get", {"taskId": task_id}).get("task")
        except TaskNotFound:
            return None
        return responses.task(row) if isinstance(row, Mapping) else None

    def cancel_task(self, task_id: str) -> bool:
        """Calls `tasks.cancel`."""
        return self._rpc("tasks.cancel", {"taskId": task_id}).get("cancelled") is True

    def agents(self) -> tuple[str, ...]:
        """Calls `agents.list`: the names of the gateway's agents."""
        rows = _rows(self._rpc("agents.list", {}), "agents")
        return tuple(str(row["id"]) for row in rows if isinstance(row.get("id"), str))


def add_params(request: RunRequest) -> dict[str, Any]:
    """Returns the parameters of `cron.add` for this request."""
    return {
        "name": request.name,
        "description": request.key,
        "declarationKey": request.key,
        "agentId": request.agent,
        "schedule": once(request.at),
        "sessionTarget": "isolated",
        "wakeMode": "now",
        "payload": {
            "kind": "agentTurn",
            "message": request.message,
            "toolsAllow": list(request.tools),
            "timeoutSeconds": request.timeout_seconds,
        },
        "delivery": {"mode": "webhook", "to": request.callback_url},
    }


def once(at: datetime) -> dict[str, Any]:
    """Returns the schedule of a run that is due at this second, rounded up, and never again.

    It is a cron expression with a year. The gateway retries a run with an `at` schedule up to three times:
    after a passing failure, a timeout or a restart. A recurring schedule without a next date leaves it
    nothing to retry. Once the second has come, the gateway refuses the same call, so that no late call starts
    a run.
    """
    second = (at + timedelta(microseconds=999_999)).astimezone(UTC).replace(microsecond=0)
    expression = f"{second.second} {second.minute} {second.hour} {second.day} {second.month} * {second.year}"
    return {"kind": "cron", "expr": expression, "tz": "UTC", "staggerMs": 0}


def list_params(key: str, offset: int) -> dict[str, Any]:
    """Returns the parameters of `cron.list` for one key; disabled entries are the runs that have ended."""
    return {"includeDisabled": True, "compact": True, "query": key, "limit": PAGE, "offset": offset}


def _rows(page: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows = page.get(name)
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
