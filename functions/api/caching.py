"""Answers to GET: a tag by which an unchanged answer need not be sent again, and compression where it is accepted.

The tag is a hash of the whole answer. Ids and versions of jobs would not do: a position in the wait queue, a page of
events, a price and the configuration change without them.
"""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware

# Smaller answers fit into one packet either way.
LEAST_COMPRESSED = 1024
_TAG = re.compile(r'(?:W/)?("[^"]*")')
_REFUSED = re.compile(r"q=0(\.0*)?")


def tag_and_compress(app: APIGatewayHttpResolver, next_middleware: NextMiddleware) -> Response[Any]:
    """The route's response with an ETag, or 304 without a body if the client's If-None-Match has that tag."""
    response: Response[Any] = next_middleware(app)
    event = app.current_event
    if event.http_method != "GET" or response.status_code != 200:
        return response
    if not isinstance(response.body, str):
        response.body = json.dumps(response.body, separators=(",", ":"))
    headers = event.headers
    large = len(response.body) >= LEAST_COMPRESSED
    response.compress = large and accepts_gzip(headers.get("accept-encoding", ""))
    response.headers["Vary"] = "Accept-Encoding"
    if response.headers.setdefault("Cache-Control", "private, no-cache") == "no-store":
        return response
    tag = sha256(response.body.encode()).hexdigest()[:32]
    response.headers["ETag"] = f'W/"{tag}"'
    return _unchanged(response) if is_known(tag, headers.get("if-none-match", "")) else response


def is_known(tag: str, known: str) -> bool:
    """Whether the If-None-Match `known` names this opaque tag, weakly or not; `*` names every tag."""
    return known.strip() == "*" or f'"{tag}"' in _TAG.findall(known)


def accepts_gzip(accepted: str) -> bool:
    """Whether the Accept-Encoding `accepted` names gzip, and not with the weight 0."""
    for coding in accepted.split(","):
        name, *parameters = (part.strip() for part in coding.split(";"))
        if name == "gzip":
            return not any(_REFUSED.fullmatch(one) for one in parameters)
    return False


def _unchanged(response: Response[Any]) -> Response[Any]:
    kept = {name: value for name, value in response.headers.items() if name != "Content-Type"}
    return Response(304, headers=kept)
