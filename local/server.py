"""The loopback port on which the HTTP API listens."""

import errno
import socket
import threading
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from local.errors import LocalError

HOST = "127.0.0.1"


class _Handler(WSGIRequestHandler):
    """Leaves the access log to the application, which knows how long a request took."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing."""


class Server:
    """A port taken at once, since others must be told its number, and served once there is an app."""

    def __init__(self, port: int):
        """Take a port, 0 for any free one; raises LocalError when that is not possible."""
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
        self.url = f"http://{HOST}:{self._socket.getsockname()[1]}"
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    def serve(self, application: Any) -> None:
        """Answer requests with a WSGI application, each in a thread of its own."""
        self._server = make_server(
            HOST, 0, application, threaded=True, request_handler=_Handler, fd=self._socket.fileno()
        )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="http")
        self._thread.start()

    def close(self) -> None:
        """Stop listening; requests under way are not waited for."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
        self._socket.close()
