"""Calls over a failing network or to a failing gateway."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from local.gateway.stand_in import StandInGateway
from mosaic.openclaw.client import Gateway
from mosaic.openclaw.errors import GatewayError, GatewayRefused, GatewayUnavailable

Serve = Callable[[bytes | None], "Peer"]


class Peer:
    """Answers each connection with the same bytes; None is silence."""

    def __init__(self, answer: bytes | None) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests: list[bytes] = []
        self._held: list[socket.socket] = []
        threading.Thread(target=self._run, daemon=True).start()

    def close(self) -> None:
        self._listener.close()
        for connection in self._held:
            connection.close()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.requests.append(connection.recv(65536))
            if self._answer is None:
                self._held.append(connection)
                continue
            connection.sendall(self._answer)
            connection.close()


@pytest.fixture
def serve() -> Iterator[Serve]:
    peers: list[Peer] = []

    def start(answer: bytes | None) -> Peer:
        peers.append(Peer(answer))
        return peers[-1]

    yield start
    for peer in peers:
        peer.close()


def http(status: str, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def failure(url: str) -> GatewayError:
    gateway = Gateway.connect(url, "very-secret", connect_timeout=0.5, read_timeout=0.2)
    with pytest.raises(GatewayError) as caught:
        gateway.find("mosaic:01JD:1")
    assert "very-secret" not in repr(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [
        (None, True),
        (b"", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", True),
        (b"not http at all\r\n\r\n", True),
        (http("200 OK", b"<html>a proxy</html>"), True),
        (http("200 OK", b'{"ok":true}'), True),
        (http("200 OK", b'{"ok":false,"payload":{}}'), True),
        (http("502 Bad Gateway", b"<html>"), True),
        (http("429 Too Many Requests", b"", "Retry-After: 60"), False),
    ],
)
def test_unusable_response_may_be_retried(serve: Serve, answer: bytes | None, accepted: bool) -> None:
    error = failure(serve(answer).url)
    assert isinstance(error, GatewayUnavailable)
    assert error.may_have_been_accepted is accepted
    assert error.retry_after_seconds == (60 if answer and b"Retry-After" in answer else None)


def test_unreachable_host_accepted_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for url in (f"http://127.0.0.1:{port}", "http://no-such-host.invalid"):
        error = failure(url)
        assert isinstance(error, GatewayUnavailable)
        assert not error.may_have_been_accepted


def test_redirect_is_not_followed(serve: Serve) -> None:
    elsewhere = serve(http("200 OK", b"{}"))
    peer = serve(http("307 Temporary Redirect", b"", f"Location: {elsewhere.url}/"))
    assert isinstance(failure(peer.url), GatewayRefused)
    assert elsewhere.requests == []


def test_failed_call_is_made_once(serve: Serve) -> None:
    peer = serve(http("503 Service Unavailable", b""))
    failure(peer.url)
    assert len(peer.requests) == 1


def test_broken_connection_is_retried_once(serve: Serve) -> None:
    peer = serve(b"")
    error = failure(peer.url)
    assert isinstance(error, GatewayUnavailable)
    assert error.may_have_been_accepted
    assert len(peer.requests) == 2


def test_connections_are_reused_and_replaced() -> None:
    gateway = StandInGateway("token", "callback-token")
    gateway.start()
    client = Gateway.connect(gateway.url, "token")
    for _ in range(3):
        assert client.find("mosaic:01JD:1") is None
    assert gateway.connections == 1
    gateway.close_connections()
    assert client.find("mosaic:01JD:1") is None
    assert gateway.connections == 2
    gateway.stop()
