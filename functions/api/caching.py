"""ETags and compression of GET responses.

The ETag is a hash of the whole response. Versions of jobs would not do: queue positions, pages of events,
prices and the configuration change without them.
"""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware

# A smaller response fits into one packet even without compression.
MIN_COMPRESSED = 1024
_TAG = re.compile(r'(?:W/)?("[^"]*")')
_REFUSED = re.compile(r"q=0(\.0*)?")


def tag_and_compress(app: APIGatewayHttpResolver, next_middleware: NextMiddleware) -> Response[Any]:
    """Adds an ETag to the route's response; responds 304 without a body if If-None-Match has that tag."""
    response: Response[Any] = next_middleware(app)
    event = app.current_event
    if event.http_method != "GET" or response.status_code != 200:
        return response
    if not isinstance(response.body, str):
        response.body = json.dumps(response.body, separators=(",", ":"))
    headers = event.headers
    large = len(response.body) >= MIN_COMPRESSED
    response.compress = large and accepts_gzip(headers.get("accept-encoding", ""))
    response.headers["Vary"] = "Accept-Encoding"
    if response.headers.setdefault("Cache-Control", "private, no-cache") == "no-store":
        return response
    tag = sha256(response.body.encode()).hexdigest()[:32]
    response.headers["ETag"] = f'W/"{tag}"'
    return _unchanged(response) if matches_etag(tag, headers.get("if-none-match", "")) else response


def matches_etag(tag: str, if_none_match: str) -> bool:
    """Returns whether the If-None-Match header contains the tag, weak or strong; `*` contains every tag."""
    return if_none_match.strip() == "*" or f'"{tag}"' in _TAG.findall(if_none_match)


def accepts_gzip(accepted: str) -> bool:
    """Returns whether the Accept-Encoding header accepts gzip."""
    for coding in accepted.split(","):
        name, *parameters = (part.strip() for part in coding.split(";"))
        if name == "gzip":
            return not any(_REFUSED.fullmatch(parameter) for parameter in parameters)
    return False


def _unchanged(response: Response[Any]) -> Response[Any]:
    headers = {name: value for name, value in response.headers.items() if name != "Content-Type"}
    return Response(304, headers=headers)
