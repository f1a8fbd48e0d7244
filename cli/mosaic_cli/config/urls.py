"""Base URLs of an API: one form for each, and whether they stay on this machine. Pure."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from mosaic_cli.errors import WrongUsage

# Nothing that two parsers could read differently: no backslash, percent escape or letter beyond ASCII.
_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?")
_PATH = re.compile(r"[A-Za-z0-9/._~-]*")
DEFAULT_PORTS = {"http": 80, "https": 443}
FORM = "the URL should look like https://host or http://host:port"


def base_url(text: str) -> str:
    """The URL with scheme and host in lower case, without a default port or a trailing slash.

    Raises WrongUsage for anything that is not the base URL of an API, without repeating it: it may hold a password.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise WrongUsage(FORM) from error
    if "@" in parts.netloc or "?" in text or "#" in text:
        raise WrongUsage("the URL should have no user, password, query or fragment")
    host = _host(parts)
    # Compared as a whole, since urlsplit drops line feeds, and what stands behind a bracket.
    if host is None or text.lower() != f"{parts.scheme}://{host}{_port(port)}{parts.path}".lower():
        raise WrongUsage(FORM)
    if parts.scheme not in DEFAULT_PORTS or port == 0 or not _PATH.fullmatch(parts.path):
        raise WrongUsage(FORM)
    shown = None if port == DEFAULT_PORTS[parts.scheme] else port
    return f"{parts.scheme}://{host}{_port(shown)}{parts.path}".rstrip("/")


def is_loopback(url: str) -> bool:
    """Whether requests to a URL of `base_url` stay on this machine: 127.0.0.0/8, ::1, or the name localhost."""
    host = urlsplit(url).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_loopback
    # Not `is_loopback`: Python 3.13 counts ::ffff:127.0.0.1, 3.11 does not.
    return address == ipaddress.IPv6Address("::1")


def is_encrypted(url: str) -> bool:
    """Whether requests to a URL of `base_url` use TLS."""
    return urlsplit(url).scheme == "https"


def _host(parts: SplitResult) -> str | None:
    """The host as a URL has it, None for what is neither a name nor an address."""
    host = parts.hostname or ""
    if "[" not in parts.netloc:
        return host if _NAME.fullmatch(host) and _is_name_or_ipv4(host) else None
    try:
        return f"[{host}]" if ipaddress.IPv6Address(host).scope_id is None else None
    except ValueError:
        return None


def _is_name_or_ipv4(host: str) -> bool:
    """Whether the host is a name, or a whole IPv4 address: one that ends in a number is no name."""
    if not host.rpartition(".")[2].isdecimal():
        return True
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True


def _port(port: int | None) -> str:
    return "" if port is None else f":{port}"
