"""Calls of the gateway's admin RPC over HTTP."""

import json
from collections.abc import Mapping
from typing import Any, Protocol

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationValueError,
    NewConnectionError,
    ProtocolError,
    SSLError,
)

from mosaic.openclaw import responses
from mosaic.openclaw.errors import GatewayUnavailable

PATH = "/api/v1/admin/rpc"

NEVER_SENT = (ConnectTimeoutError, NewConnectionError, SSLError, LocationValueError)
"""Errors that occur before the request leaves this machine."""


class Rpc(Protocol):
    """A function that calls the gateway's methods."""

    def __call__(self, method: str, params: Mapping[str, Any], /) -> Mapping[str, Any]:
        """Returns the method's payload. Raises GatewayError."""


class JsonEndpoint:
    """A URL of the gateway that takes JSON by POST, over kept-alive connections. Timeouts are in seconds."""

    def __init__(self, url: str, token: str, *, connect_timeout: float, read_timeout: float) -> None:
        self.url = url
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._pool = urllib3.PoolManager(
            retries=False, timeout=urllib3.Timeout(connect=connect_timeout, read=read_timeout)
        )

    def post(self, body: Mapping[str, Any], **headers: str) -> urllib3.BaseHTTPResponse:
        """Sends the request once, without following redirects. Raises urllib3's HTTPError."""
        data, sent = json.dumps(body).encode(), {**self._headers, **headers}
        return self._pool.request("POST", self.url, body=data, headers=sent, redirect=False)


class HttpRpc:
    """The gateway at `base_url`, over kept-alive connections, without redirects.

    A call whose connection breaks is made once more: the gateway closes a connection that was idle for five
    seconds, maybe just when it is used again. That is safe, because every call here may be repeated. Timeouts
    are in seconds; the read timeout limits the wait for each part of the response.
    """

    def __init__(self, base_url: str, token: str, *, connect_timeout: float, read_timeout: float) -> None:
        url = base_url.rstrip("/") + PATH
        self._endpoint = JsonEndpoint(url, token, connect_timeout=connect_timeout, read_timeout=read_timeout)

    def __repr__(self) -> str:
        return f"HttpRpc({self._endpoint.url!r})"

    def __call__(self, method: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Calls one method; every failure is a GatewayError."""
        body = {"method": method, "params": params}
        broken = False
        try:
            try:
                response = self._endpoint.post(body)
            except ProtocolError:
                broken = True
                response = self._endpoint.post(body)
        except HTTPError as error:
            sent = broken or not isinstance(error, NEVER_SENT)
            raise GatewayUnavailable(
                f"{method}: {type(error).__name__}", may_have_been_accepted=sent
            ) from None
        return _payload(method, response)


def _payload(method: str, response: urllib3.BaseHTTPResponse) -> Mapping[str, Any]:
    try:
        body = json.loads(response.data)
    except ValueError:
        body = None
    if response.status != 200:
        raise responses.failure(response.status, body, seconds(response.headers.get("Retry-After")))
    payload = body.get("payload") if isinstance(body, dict) and body.get("ok") is True else None
    if not isinstance(payload, dict):
        raise GatewayUnavailable(f"{method}: the response is not the gateway's", may_have_been_accepted=True)
    return payload


def seconds(header: str | None) -> float | None:
    """Returns the seconds of a Retry-After header; None for a date or no header."""
    return float(header) if header is not None and header.isascii() and header.isdigit() else None
