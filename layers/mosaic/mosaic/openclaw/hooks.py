"""The gateway's hooks, for one that offers nothing else: a run can be started, and that is all.

Seen on OpenClaw 2026.9.6; its own rules are in its docs under `gateway/config-hooks`.
"""

import json
from collections.abc import Mapping
from typing import Any, Protocol

import urllib3
from urllib3.exceptions import HTTPError

from mosaic.openclaw import answers
from mosaic.openclaw.errors import GatewayError, GatewayUnavailable
from mosaic.openclaw.model import RunRequest
from mosaic.openclaw.rpc import NEVER_SENT, seconds

PATH = "/hooks/agent"


class Hooks(Protocol):
    """A gateway that runs agents and tells nothing of them."""

    def start(self, request: RunRequest) -> str:
        """The id of the run, which has been admitted. Raises GatewayError; where that may have been accepted, another
        call may be another run: what the gateway remembers of the first is gone with its next restart.
        """


class HttpHooks:
    """The hooks of the gateway at `base_url`, each call made once. Timeouts are in seconds.

    The gateway takes up to fifteen seconds to admit a run, so the read timeout has to be longer.
    """

    def __init__(self, base_url: str, token: str, *, connect_timeout: float, read_timeout: float) -> None:
        self._url = base_url.rstrip("/") + PATH
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._pool = urllib3.PoolManager(
            retries=False, timeout=urllib3.Timeout(connect=connect_timeout, read=read_timeout)
        )

    def __repr__(self) -> str:
        return f"HttpHooks({self._url!r})"

    def start(self, request: RunRequest) -> str:
        """As Hooks. The tools of the request are not sent, for there is no field for them."""
        body, headers = json.dumps(hook(request)).encode(), {**self._headers, "Idempotency-Key": request.key}
        try:
            answer = self._pool.request("POST", self._url, body=body, headers=headers, redirect=False)
        except HTTPError as error:
            sent = not isinstance(error, NEVER_SENT)
            raise GatewayUnavailable(f"hook: {type(error).__name__}", may_have_been_accepted=sent) from None
        return _run_id(answer)


class ReadinessRpc:
    """The admin RPC of a gateway that offers hooks only: every question is answered with nothing, if it is there."""

    def __init__(self, base_url: str, *, connect_timeout: float, read_timeout: float) -> None:
        self._url = base_url.rstrip("/") + "/readyz"
        self._timeout = urllib3.Timeout(connect=connect_timeout, read=read_timeout)

    def __call__(self, method: str, _params: Mapping[str, Any], /) -> Mapping[str, Any]:
        """As Rpc."""
        try:
            status = urllib3.request("GET", self._url, retries=False, timeout=self._timeout).status
        except HTTPError as error:
            said = f"{method}: {type(error).__name__}"
            raise GatewayUnavailable(said, may_have_been_accepted=False) from None
        if status != 200:
            raise GatewayUnavailable(f"{method}: not ready ({status})", may_have_been_accepted=False)
        return {}


def hook(request: RunRequest) -> dict[str, Any]:
    """What `/hooks/agent` is sent for this request.

    Neither the end of the run nor its failure may bring another turn of the agent.
    """
    return {
        "message": request.message,
        "name": request.name,
        "agentId": request.agent,
        "deliver": False,
        "wakeMode": "next-heartbeat",
        "timeoutSeconds": request.timeout_seconds,
    }


def _run_id(answer: urllib3.BaseHTTPResponse) -> str:
    try:
        body = json.loads(answer.data)
    except ValueError:
        body = None
    said: Mapping[str, Any] = body if isinstance(body, Mapping) else {}
    if answer.status != 200:
        raise _failure(answer.status, said, seconds(answer.headers.get("Retry-After")))
    run_id = answers.text(said.get("runId"))
    if said.get("ok") is not True or run_id is None:
        raise GatewayUnavailable("hook: the answer is not the gateway's", may_have_been_accepted=True)
    return run_id


def _failure(status: int, said: Mapping[str, Any], wait: float | None) -> GatewayError:
    """A 502 or 503 that the gateway words itself was never admitted; one of a proxy may hide anything."""
    message = answers.text(said.get("error")) or "no reason given"
    if status in (502, 503) and said.get("ok") is False:
        text = f"HTTP_{status}: {message[: answers.ERROR_TEXT_MAX]}"
        return GatewayUnavailable(text, may_have_been_accepted=False, retry_after_seconds=wait)
    return answers.failure(status, {"error": {"message": message}}, wait)
