"""Refuses requests that a web page of another origin sends to a server on a loopback port.

A browser names the page in `Origin`. A page whose name resolves to 127.0.0.1 sends that name in `Host`.
"""

from typing import Any

# The last is this machine's name in a container; no web page has it.
_NAMES = ("127.0.0.1", "localhost", "[::1]", "host.docker.internal")


def refusal(environ: dict[str, Any]) -> str | None:
    """Returns the code of the problem with a WSGI request, or None for a request that may be served."""
    hosts = {f"{name}:{environ['SERVER_PORT']}" for name in _NAMES}
    if environ.get("HTTP_HOST", "").lower() not in hosts:
        return "foreign_host"
    origin = environ.get("HTTP_ORIGIN")
    if origin is not None and origin.lower() not in {f"http://{host}" for host in hosts}:
        return "foreign_origin"
    return None
