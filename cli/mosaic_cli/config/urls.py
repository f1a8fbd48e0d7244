"""Normalisation and checks of the API's base URL."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from mosaic_cli.errors import WrongUsage

# Two parsers could read backslashes, percent escapes and non-ASCII letters differently, so they are excluded.
_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?")
_PATH = re.compile(r"[A-Za-z0-9/._~-]*")
DEFAULT_PORTS = {"http": 80, "https": 443}
FORM = "the URL should look like https://host or http://host:port"


def base_url(text: str) -> str:
    """Returns the URL with lower-case scheme and host, without a default port or a trailing slash.

    Raises WrongUsage for an invalid base URL. The message omits the URL, which may contain a password.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise WrongUsage(FORM) from error
    if "@" in parts.netloc or "?" in text or "#" in text:
        raise WrongUsage("the URL must not have a user, password, query or fragment")
    host = _host(parts)
    # urlsplit drops line feeds and text after a bracket, so the rebuilt URL is compared.
    if host is None or text.lower() != f"{parts.scheme}://{host}{_port(port)}{parts.path}".lower():
        raise WrongUsage(FORM)
    if parts.scheme not in DEFAULT_PORTS or port == 0 or not _PATH.fullmatch(parts.path):
        raise WrongUsage(FORM)
    explicit_port = None if port == DEFAULT_PORTS[parts.scheme] else port
    return f"{parts.scheme}://{host}{_port(explicit_port)}{parts.path}".rstrip("/")


def is_loopback(url: str) -> bool:
    """True if the host is a loopback address: 127.0.0.0/8, ::1, or the name localhost."""
    host = urlsplit(url).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_loopback
    # `is_loopback` is true for ::ffff:127.0.0.1 in Python 3.13, but not in 3.11.
    return address == ipaddress.IPv6Address("::1")


def is_encrypted(url: str) -> bool:
    """True if the URL uses TLS."""
    return urlsplit(url).scheme == "https"


def _host(parts: SplitResult) -> str | None:
    """Returns the host as a URL has it, None if it is neither a name nor an address."""
    host = parts.hostname or ""
    if "[" not in parts.netloc:
        return host if _NAME.fullmatch(host) and _is_name_or_ipv4(host) else None
    try:
        return f"[{host}]" if ipaddress.IPv6Address(host).scope_id is None else None
    except ValueError:
        return None


def _is_name_or_ipv4(host: str) -> bool:
    """True if the host is a name or a full IPv4 address. A name cannot end in a number."""
    if not host.rpartition(".")[2].isdecimal():
        return True
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True


def _port(port: int | None) -> str:
    return "" if port is None else f":{port}"
