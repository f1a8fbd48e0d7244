"""The stand-in's hooks: OpenClaw's `/hooks/agent`, which accepts a run and reports nothing more about it."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from local.gateway.agent import ALLOWED_TOOLS, run_turn
from local.gateway.cron import ModelCall
from local.gateway.payloads import Json

PATH = "/hooks/agent"
BODY_MAX = 256 * 1024
ALLOWED_AGENTS = frozenset({"main", "runner", "weaver", "inspector"})


class Hooks:
    """Accepts runs at once, one for each key and body; a restart forgets them.

    `model_calls` are the runs that reached the model. They have all tools of the agent: a hook has no field
    for tools.
    """

    def __init__(self, token: str, think_ms: int, new_id: Callable[[], str] = lambda: str(uuid4())) -> None:
        self._token = token
        self._new_id = new_id
        self._think_ms = think_ms
        self._runs: dict[tuple[str, str], str] = {}
        self.model_calls: list[ModelCall] = []

    def restart(self) -> None:
        """Forgets all accepted runs."""
        self._runs.clear()

    def handle(self, headers: Mapping[str, str], data: bytes, now_ms: int) -> tuple[int, Json | str]:
        """Returns the status and the body, or text, of the response to one POST."""
        given = headers.get("Authorization") or ""
        if not hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode()):
            return 401, "Unauthorized"
        if len(data) > BODY_MAX:
            return 413, _error("payload too large")
        try:
            body = json.loads(data)
        except ValueError as error:
            return 400, _error(str(error))
        message = body.get("message") if isinstance(body, dict) else None
        if not isinstance(message, str) or not message.strip():
            return 400, _error("message required")
        agent = body.get("agentId", "main")
        if agent not in ALLOWED_AGENTS:
            return 400, _error(f'unknown agentId "{agent}"')
        key = headers.get("Idempotency-Key") or body.get("idempotencyKey")
        return 200, {"ok": True, "runId": self._run(key, agent, message, data, now_ms)}

    def _run(self, key: Any, agent: str, message: str, data: bytes, now_ms: int) -> str:
        run_key = (str(key), hashlib.sha256(data).hexdigest())
        if key and run_key in self._runs:
            return self._runs[run_key]
        run_id = self._runs[run_key] = self._new_id()
        tools = run_turn(agent, message, ALLOWED_TOOLS[agent], self._think_ms).tools
        self.model_calls.append(ModelCall(run_id, str(key) if key else None, now_ms, tools))
        return run_id


def _error(message: str) -> Json:
    return {"ok": False, "error": message}
