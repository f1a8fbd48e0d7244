"""The stand-in's hooks: OpenClaw's `/hooks/agent`, which admits a run and tells nothing more of it."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from local.gateway.agent import CEILINGS, play
from local.gateway.cron import ModelCall
from local.gateway.payloads import Json

PATH = "/hooks/agent"
BODY_MAX = 256 * 1024
ALLOWED = frozenset({"main", "runner", "weaver", "inspector"})


class Hooks:
    """Runs that are admitted at once, each for a key and a body; what it remembers is gone with it.

    `model_calls` are the runs that reached the model: with all tools of the agent, for a hook has no field for them.
    """

    def __init__(self, token: str, think_ms: int, new_id: Callable[[], str] = lambda: str(uuid4())) -> None:
        self._token = token
        self._new_id = new_id
        self._think_ms = think_ms
        self._known: dict[tuple[str, str], str] = {}
        self.model_calls: list[ModelCall] = []

    def restart(self) -> None:
        """Come back without the memory of what was admitted."""
        self._known.clear()

    def answer(self, headers: Mapping[str, str], data: bytes, now_ms: int) -> tuple[int, Json | str]:
        """The status and the body, or text, of the answer to one POST."""
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
        if agent not in ALLOWED:
            return 400, _error(f'unknown agentId "{agent}"')
        key = headers.get("Idempotency-Key") or body.get("idempotencyKey")
        return 200, {"ok": True, "runId": self._run(key, agent, message, data, now_ms)}

    def _run(self, key: Any, agent: str, message: str, data: bytes, now_ms: int) -> str:
        known = (str(key), hashlib.sha256(data).hexdigest())
        if key and known in self._known:
            return self._known[known]
        run_id = self._known[known] = self._new_id()
        tools = play(agent, message, CEILINGS[agent], self._think_ms).tools
        self.model_calls.append(ModelCall(run_id, str(key) if key else None, now_ms, tools))
        return run_id


def _error(message: str) -> Json:
    return {"ok": False, "error": message}
