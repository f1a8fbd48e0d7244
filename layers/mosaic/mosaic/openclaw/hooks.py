"""The hooks of a gateway that offers nothing else: they can only start a run.

Tested with OpenClaw 2026.9.6. Its rules are in its docs under `gateway/config-hooks`.
"""

import json
from collections.abc import Mapping
from typing import Any, Protocol

import urllib3
from urllib3.exceptions import HTTPError

from mosaic.openclaw import responses
from mosaic.openclaw.errors import GatewayError, GatewayUnavailable
from mosaic.openclaw.model import RunRequest
from mosaic.openclaw.rpc import NEVER_SENT, JsonEndpoint, seconds

PATH = "/hooks/agent"


class Hooks(Protocol):
    """A gateway that runs agents without reporting on them."""

    def start(self, request: RunRequest) -> str:
        """Starts a run; returns the id of the admitted run. Raises GatewayError.

        After an error that may have been accepted, a second call may start a second run: the gateway forgets
        the first call when it restarts.
        """


class HttpHooks:
    """The hooks of the gateway at `base_url`; each call is made once. Timeouts are in seconds.

    The gateway takes up to fifteen seconds to admit a run, so the read timeout has to be longer.
    """

    def __init__(self, base_url: str, token: str, *, connect_timeout: float, read_timeout: float) -> None:
        url = base_url.rstrip("/") + PATH
        self._endpoint = JsonEndpoint(url, token, connect_timeout=connect_timeout, read_timeout=read_timeout)

    def __repr__(self) -> str:
        return f"HttpHooks({self._endpoint.url!r})"

    def start(self, request: RunRequest) -> str:
        """See `Hooks.start`. The request's tools are not sent, because hooks have no field for them."""
        try:
            response = self._endpoint.post(hook(request), **{"Idempotency-Key": request.key})
        except HTTPError as error:
            sent = not isinstance(error, NEVER_SENT)
            raise GatewayUnavailable(f"hook: {type(error).__name__}", may_have_been_accepted=sent) from None
        return _run_id(response)


class ReadinessRpc:
    """The admin RPC of a gateway that offers hooks only: every method returns nothing while the gateway is
    ready.
    """

    def __init__(self, base_url: str, *, connect_timeout: float, read_timeout: float) -> None:
        self._url = base_url.rstrip("/") + "/readyz"
        self._timeout = urllib3.Timeout(connect=connect_timeout, read=read_timeout)

    def __call__(self, method: str, _params: Mapping[str, Any], /) -> Mapping[str, Any]:
        """See `Rpc`."""
        try:
            status = urllib3.request("GET", self._url, retries=False, timeout=self._timeout).status
        except HTTPError as error:
            reason = f"{method}: {type(error).__name__}"
            raise GatewayUnavailable(reason, may_have_been_accepted=False) from None
        if status != 200:
            raise GatewayUnavailable(f"{method}: not ready ({status})", may_have_been_accepted=False)
        return {}


def hook(request: RunRequest) -> dict[str, Any]:
    """Returns the body of `/hooks/agent` for this request.

    With these fields, neither the end nor the failure of the run starts another turn of the agent.
    """
    return {
        "message": request.message,
        "name": request.name,
        "agentId": request.agent,
        "deliver": False,
        "wakeMode": "next-heartbeat",
        "timeoutSeconds": request.timeout_seconds,
    }


def _run_id(response: urllib3.BaseHTTPResponse) -> str:
    try:
        body = json.loads(response.data)
    except ValueError:
        body = None
    fields: Mapping[str, Any] = body if isinstance(body, Mapping) else {}
    if response.status != 200:
        raise _failure(response.status, fields, seconds(response.headers.get("Retry-After")))
    run_id = responses.text(fields.get("runId"))
    if fields.get("ok") is not True or run_id is None:
        raise GatewayUnavailable("hook: the response is not the gateway's", may_have_been_accepted=True)
    return run_id


def _failure(status: int, fields: Mapping[str, Any], wait: float | None) -> GatewayError:
    """Returns the error for a response. A 502 or 503 in the gateway's own format was not admitted; a proxy's
    may have been.
    """
    message = responses.text(fields.get("error")) or "no reason given"
    if status in (502, 503) and fields.get("ok") is False:
        text = f"HTTP_{status}: {message[: responses.ERROR_TEXT_MAX]}"
        return GatewayUnavailable(text, may_have_been_accepted=False, retry_after_seconds=wait)
    return responses.failure(status, {"error": {"message": message}}, wait)
