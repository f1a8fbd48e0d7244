"""The stand-in's HTTP server: OpenClaw's paths, authentication and error bodies around one RPC function."""

import contextlib
import json
import socket
import sys
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

from local.gateway.hooks import PATH as HOOK_PATH
from local.gateway.payloads import Json
from local.gateway.validation import RefusedError

PATH = "/api/v1/admin/rpc"
BODY_MAX = 1_000_000

_Request = socket.socket | tuple[bytes, socket.socket]


class Server(ThreadingHTTPServer):
    """An HTTP server that listens at once and serves with `serve_forever`.

    `call` raises RefusedError to refuse a call; `hook` returns a status and a body or text.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(
        self,
        address: tuple[str, int],
        authorized: Callable[[str | None], bool],
        call: Callable[[str, Json], Json],
        hook: Callable[[Mapping[str, str], bytes], tuple[int, Json | str]],
    ) -> None:
        self._open: set[socket.socket] = set()
        self.connections = 0
        super().__init__(address, Handler)
        self.authorized = authorized
        self.call = call
        self.hook = hook

    def process_request(self, request: _Request, client_address: Any) -> None:
        """Remembers the connection while it is open."""
        self.connections += 1
        if isinstance(request, socket.socket):
            self._open.add(request)
        super().process_request(request, client_address)

    def handle_error(self, request: _Request, client_address: Any) -> None:
        """Ignores closed connections: a caller may have been killed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def shutdown_request(self, request: _Request) -> None:
        """Forgets a closed connection."""
        if isinstance(request, socket.socket):
            self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Stops listening and closes the idle connections."""
        super().server_close()
        self.close_connections()

    def close_connections(self) -> None:
        """Closes the connections that are kept alive."""
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Handler(BaseHTTPRequestHandler):
    """One connection, kept alive for 5 s between calls, as on the real gateway."""

    protocol_version = "HTTP/1.1"
    timeout = 5
    wbufsize = -1
    server: Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Logs nothing: the terminal shows the stitcher's lines."""

    def do_GET(self) -> None:
        """Answers the readiness check; everything else uses POST."""
        if self.path == "/readyz":
            self._answer(200, {"ready": True, "failing": []})
        elif self.path == PATH:
            self._answer(405, _error("method_not_allowed", "Method Not Allowed"))
        elif self.path == HOOK_PATH:
            self._answer_text(405, "Method Not Allowed")
        else:
            self._answer_text(404, "Not Found")

    def do_POST(self) -> None:
        """Answers one RPC call or one hook."""
        length = int(self.headers.get("Content-Length") or 0)
        if self.path == HOOK_PATH:
            self._answer_hook(self.rfile.read(length))
        elif self.path != PATH:
            self.close_connection = True
            self._answer_text(404, "Not Found")
        elif not self.server.authorized(self.headers.get("Authorization")):
            self.close_connection = True
            self._answer(401, {"error": {"message": "Unauthorized", "type": "unauthorized"}})
        elif length > BODY_MAX:
            self.close_connection = True
            self._answer(413, _error("invalid_request", "Payload too large"))
        else:
            self._answer(*self._call(self.rfile.read(length)))

    def _answer_hook(self, data: bytes) -> None:
        status, body = self.server.hook(dict(self.headers.items()), data)
        if isinstance(body, str):
            self._answer_text(status, body)
        else:
            self._answer(status, body)

    def _call(self, data: bytes) -> tuple[int, Json]:
        try:
            body = json.loads(data)
        except ValueError:
            return 400, _error("invalid_request", "request body must be valid JSON")
        if not isinstance(body, dict):
            return 400, _error("invalid_request", "request body must be an object")
        method = body.get("method")
        if not isinstance(method, str) or not method:
            return 400, _error("invalid_request", "method must be a non-empty string")
        call_id = body.get("id") or str(uuid4())
        try:
            payload = self.server.call(method, body.get("params") or {})
        except RefusedError as refused:
            return refused.status, {"id": call_id, "ok": False, "error": refused.error}
        return 200, {"id": call_id, "ok": True, "payload": payload}

    def _answer(self, status: int, body: Json) -> None:
        self._send(status, "application/json; charset=utf-8", json.dumps(body, separators=(",", ":")))

    def _answer_text(self, status: int, text: str) -> None:
        self._send(status, "text/plain; charset=utf-8", text)

    def _send(self, status: int, content_type: str, text: str) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        if self.close_connection:  # so that no client sends another request on a closed connection
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)


def _error(kind: str, message: str) -> Json:
    return {"ok": False, "error": {"type": kind, "message": message}}
