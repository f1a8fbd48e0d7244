"""Fetching the issuer's documents: short timeouts, no redirects."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import urllib3

from mosaic.access import jwks
from mosaic.access.jwks import IssuerUnavailable, fetch_json


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        answer = {
            "/good": (200, b'{"keys": []}'),
            "/elsewhere": (302, b""),
            "/missing": (404, b"{}"),
            "/page": (200, b"<html>"),
            "/latin": (200, b'"\xe9"'),
            "/large": (200, b" " * (jwks.MAX_DOCUMENT_BYTES + 1)),
        }
        if self.path == "/stalls":
            time.sleep(1.5)
            return
        status, body = answer.get(self.path, (200, b" " * 10_000))
        self.send_response(status)
        self.send_header("Location", "/good")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.path == "/trickles":
            body = self._trickle(body)
        self.wfile.write(body)

    def _trickle(self, body: bytes) -> bytes:
        for at in range(30):
            self.wfile.write(body[at : at + 1])
            self.wfile.flush()
            time.sleep(0.1)
        return b""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


class Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def pool() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager() as opened:
        yield opened


def test_document_is_read(url: str, pool: urllib3.PoolManager) -> None:
    assert fetch_json(pool, f"{url}/good") == {"keys": []}


@pytest.mark.parametrize(
    "path", ["elsewhere", "missing", "page", "latin", "large", "stalls", "trickles", "\x00"]
)
def test_other_responses_raise(path: str, url: str, pool: urllib3.PoolManager) -> None:
    began = time.monotonic()
    with pytest.raises(IssuerUnavailable):
        fetch_json(pool, f"{url}/{path}")
    assert time.monotonic() - began < 2 * jwks.DOCUMENT_SECONDS


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/", "http://issuer.invalid/", "https://[nonsense/"])
def test_unreachable_issuer_raises(address: str, pool: urllib3.PoolManager) -> None:
    with pytest.raises(IssuerUnavailable):
        fetch_json(pool, address)
