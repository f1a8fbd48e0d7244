"""Makes a loopback port of this machine reachable for containers.

Docker Desktop maps host.docker.internal to the machine's loopback. On Linux that name is the address of
Docker's bridge, on which this project's servers do not listen.
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
"""This machine's name inside a container."""


@contextlib.contextmanager
def expose_port(port: int) -> Iterator[str]:
    """Relays a loopback port to containers; yields their base URL for it."""
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
    """Returns the address of Docker's bridge, which only this machine and its containers can reach."""
    command = ["docker", "network", "inspect", "bridge"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - constant
    network = json.loads(done.stdout)[0]["IPAM"]["Config"][0]
    # Without a configured gateway the engine uses the network's first address, and does not always report it.
    return network.get("Gateway") or str(ipaddress.ip_network(network["Subnet"])[1])


class _Relay(socketserver.ThreadingTCPServer):
    """Forwards connections on a port of an address to the same port of the loopback."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address: str, port: int) -> None:
        self.port = port
        super().__init__((address, port), _Connection)


class _Connection(socketserver.BaseRequestHandler):
    server: _Relay

    def handle(self) -> None:
        """Copies bytes both ways until both sides are closed."""
        with socket.create_connection(("127.0.0.1", self.server.port)) as inner:
            responses = threading.Thread(target=_pump, args=(inner, self.request))
            responses.start()
            _pump(self.request, inner)
            responses.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(ConnectionError):  # either side may close at any time
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):  # the sink is closed already
        sink.shutdown(socket.SHUT_WR)
