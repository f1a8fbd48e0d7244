"""OpenClaw as a `RunGateway`: one-shot automations over its admin RPC.

Seen on OpenClaw 2026.9.6; its own rules are in its docs under `automation/cron-jobs` and
`plugins/admin-http-rpc`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mosaic.openclaw import answers
from mosaic.openclaw.errors import DeclarationNotFound, GatewayUnavailable
from mosaic.openclaw.model import Accepted, Declaration, RunOutcome, RunRequest
from mosaic.openclaw.rpc import HttpRpc, Rpc

PAGE = 200
"""Rows per `cron.list` page: the most that the gateway gives."""


class Gateway:
    """An OpenClaw gateway reached by `rpc`; `connect` makes one over HTTP."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    @classmethod
    def connect(
        cls, base_url: str, token: str, *, connect_timeout: float = 2.0, read_timeout: float = 10.0
    ) -> "Gateway":
        """The gateway at `base_url`; makes no call yet. Timeouts are in seconds."""
        return cls(HttpRpc(base_url, token, connect_timeout=connect_timeout, read_timeout=read_timeout))

    def __repr__(self) -> str:
        return f"Gateway({self._rpc!r})"

    def add(self, request: RunRequest) -> Accepted:
        """`cron.add`: the run is kept after it ends, for a declaration that deletes itself can run twice."""
        payload = self._rpc("cron.add", add_params(request))
        job = payload.get("job")
        if not isinstance(job, Mapping) or not isinstance(job.get("id"), str):
            raise GatewayUnavailable("cron.add: the answer names no declaration", may_have_been_accepted=True)
        return Accepted(declaration_id=job["id"], created=payload.get("created") is True)

    def find(self, key: str) -> Declaration | None:
        """`cron.list`, narrowed by the key that `add` puts in the description, matched on the whole key."""
        offset: int | None = 0
        while offset is not None:
            page = self._rpc("cron.list", list_params(key, offset))
            for job in _rows(page, "jobs"):
                if job.get("declarationKey") == key:
                    return answers.declaration(job)
            following = answers.whole(page.get("nextOffset")) if page.get("hasMore") is True else None
            offset = following if following is not None and following > offset else None
        return None

    def outcome(self, declaration_id: str) -> RunOutcome | None:
        """`cron.runs`, which holds finished runs only, newest first, also after the declaration's removal."""
        try:
            page = self._rpc("cron.runs", {"id": declaration_id, "limit": 1})
        except DeclarationNotFound:
            return None
        entries = _rows(page, "entries")
        return answers.outcome(entries[0]) if entries else None

    def remove(self, declaration_id: str) -> bool:
        """`cron.remove`: a running turn is stopped too, and no callback follows."""
        try:
            payload = self._rpc("cron.remove", {"id": declaration_id})
        except DeclarationNotFound:
            return False
        return payload.get("removed") is True


def add_params(request: RunRequest) -> dict[str, Any]:
    """What `cron.add` is sent for this request."""
    return {
        "name": request.name,
        "description": request.key,
        "declarationKey": request.key,
        "agentId": request.agent,
        "deleteAfterRun": False,
        "schedule": {"kind": "at", "at": _timestamp(request.at)},
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


def list_params(key: str, offset: int) -> dict[str, Any]:
    """What `cron.list` is sent to find one key; disabled declarations are those that have run."""
    return {"includeDisabled": True, "compact": True, "query": key, "limit": PAGE, "offset": offset}


def _timestamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _rows(page: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows = page.get(name)
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
