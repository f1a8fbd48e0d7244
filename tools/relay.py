"""A way for containers to this machine's loopback, where the engine does not have one of its own.

Docker Desktop lets a container reach the machine's loopback as host.docker.internal. On Linux that name
is the address of Docker's bridge, on which nothing of ours listens.
"""

import contextlib
import errno
import ipaddress
import json
import socket
import socketserver
import subprocess
import threading
from collections.abc import Iterator

HOST = "host.docker.internal"
"""This machine, as a container calls it."""


@contextlib.contextmanager
def reachable(port: int) -> Iterator[str]:
    """Let containers reach a loopback port; yields the base URL that they reach it by."""
    with contextlib.ExitStack() as exit_stack:
        try:
            server = _Relay(_bridge(), port)
        except OSError as error:
            if error.errno != errno.EADDRNOTAVAIL:
                raise
        else:  # the bridge is on this machine, so the engine is too
            exit_stack.enter_context(server)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            exit_stack.callback(server.shutdown)
        yield f"http://{HOST}:{port}"


def _bridge() -> str:
    """The address of Docker's bridge, which only this machine and its containers can reach."""
    command = ["docker", "network", "inspect", "bridge"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - constant
    network = json.loads(done.stdout)[0]["IPAM"]["Config"][0]
    # An engine that was never told a gateway takes the network's first address, and does not always say so.
    return network.get("Gateway") or str(ipaddress.ip_network(network["Subnet"])[1])


class _Relay(socketserver.ThreadingTCPServer):
    """Hands what comes to a port of an address to the same port of the loopback."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address: str, port: int) -> None:
        self.port = port
        super().__init__((address, port), _Connection)


class _Connection(socketserver.BaseRequestHandler):
    server: _Relay

    def handle(self) -> None:
        """Pass bytes both ways until both sides are done."""
        with socket.create_connection(("127.0.0.1", self.server.port)) as inner:
            answers = threading.Thread(target=_pump, args=(inner, self.request))
            answers.start()
            _pump(self.request, inner)
            answers.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(ConnectionError):  # either side may hang up at any time
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):  # it is closed already
        sink.shutdown(socket.SHUT_WR)
