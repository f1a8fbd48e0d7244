"""A proxy between gateway and stack. It forwards callbacks, or refuses one as a broken service would."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import urllib3


class CallbackProxy(ThreadingHTTPServer):
    """Listens on a free port and forwards each request to `stack_url`, except for refused ones."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.stack_url = ""
        self.refusing: set[str] = set()
        self.refused: list[str] = []
        self.received: list[dict[str, Any]] = []
        self.pool = urllib3.PoolManager(retries=False, timeout=20)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def refuse_next(self, key: str) -> None:
        """Answers the next callback about this run with 500, without forwarding it."""
        self.refusing.add(key)

    def statuses(self, key: str) -> list[str]:
        """The statuses in the callbacks about this run, in the order of arrival."""
        return [str(body["status"]) for body in self.received if body["job"]["declarationKey"] == key]

    def close(self) -> None:
        """Stops the server and closes its connections."""
        self.shutdown()
        self.server_close()
        self.pool.clear()


class _Handler(BaseHTTPRequestHandler):
    server: CallbackProxy

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        pass

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        body = json.loads(data)
        self.server.received.append(body)
        key = body["job"]["declarationKey"]
        if key in self.server.refusing:
            self.server.refusing.remove(key)
            self.server.refused.append(key)
            self._answer(500, b"")
            return
        headers = {name: self.headers[name] for name in ("Authorization", "Content-Type")}
        answer = self.server.pool.request(
            "POST", self.server.stack_url + self.path, body=data, headers=headers
        )
        self._answer(answer.status, answer.data)

    def _answer(self, status: int, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
