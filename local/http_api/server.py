"""The loopback port of the HTTP API."""

import errno
import socket
import threading
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Response as HttpResponse

from local.errors import LocalError
from local.http_api.payload import problem
from local.same_origin import refusal

HOST = "127.0.0.1"


class _Handler(WSGIRequestHandler):
    """Leaves the access log to the application, which measures the time of a request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Logs nothing."""


class Server:
    """Listens on a port at once, so that its number is known; answers 503 until it has an application."""

    def __init__(self, port: int):
        """Binds a port, 0 for any free one; raises LocalError if that fails."""
        self._application: Any = _starting
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((HOST, port))
            self._socket.listen(128)
        except OSError as error:
            self._socket.close()
            taken = error.errno == errno.EADDRINUSE
            reason = "is taken; choose another with PORT=" if taken else f"cannot be used: {error.strerror}"
            raise LocalError(f"port {port} {reason}") from error
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://{HOST}:{self.port}"
        self._server = make_server(
            HOST, 0, self._answer, threaded=True, request_handler=_Handler, fd=self._socket.fileno()
        )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="http")
        self._thread.start()

    def serve(self, application: Any) -> None:
        """Answers further requests with a WSGI application, each in its own thread."""
        self._application = application

    def close(self) -> None:
        """Stops listening, without waiting for current requests."""
        self._server.shutdown()
        self._thread.join()
        self._socket.close()

    def _answer(self, environ: Any, start_response: Any) -> Any:
        code = refusal(environ)
        if code:
            response = problem(HTTPStatus.FORBIDDEN, code)
            return HttpResponse(response.body, response.status, response.headers)(environ, start_response)
        return self._application(environ, start_response)


def _starting(environ: Any, start_response: Any) -> Iterable[bytes]:
    response = problem(HTTPStatus.SERVICE_UNAVAILABLE, "starting")
    headers = [*response.headers, ("retry-after", "1")]
    return HttpResponse(response.body, response.status, headers)(environ, start_response)
