"""Redirects of a forge's API: a renamed or transferred repository has a new address. Pure.

GitHub asks to repeat the request, with its method and body, at the address of `Location`
(https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects). Gitea
answers 301 or 307.
"""

from __future__ import annotations

from urllib.parse import SplitResult, urljoin, urlsplit

REPEATED = frozenset({301, 307, 308})
"""The statuses after which the same request is sent to the new address."""
MAX_REDIRECTS = 3
_PORTS = {"http": 80, "https": 443}


def target(status: int, api: str, url: str, location: str | None) -> str | None:
    """Returns the address to repeat the request at, None unless the response is a redirect within the API.

    `api` is the base URL of the API, `url` the address of the request. The request carries the bot's token, so
    it never goes to another host, port, scheme or API.
    """
    if status not in REPEATED or not location:
        return None
    try:
        wanted = urljoin(url, location)
        base, there = urlsplit(api), urlsplit(wanted)
        allowed = _origin(base) == _origin(there) and there.username is None and there.password is None
    except ValueError:
        return None
    within = there.path.startswith(base.path.rstrip("/") + "/") and not _climbs(there.path)
    return there._replace(fragment="").geturl() if allowed and within else None


def _origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    return url.scheme, url.hostname, url.port or _PORTS.get(url.scheme)


def _climbs(path: str) -> bool:
    """Whether a server could read the path as another one."""
    parts = path.lower().replace("%2e", ".").replace("\\", "/").split("/")
    return ".." in parts or "." in parts
