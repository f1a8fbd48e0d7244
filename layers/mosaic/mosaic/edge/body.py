"""The body of a request: its bytes, media type and JSON."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from typing import Any

from mosaic.edge.headers import header
from mosaic.edge.http import JSON
from mosaic.edge.problem import Problem
from mosaic.validation_messages import MAX_FIELD_NAME

MAX_BODY_BYTES = 256 * 1024
MAX_DELIVERY_BYTES = 5 * 1024 * 1024
"""The largest delivery of a forge. With the JSON escapes of an event it is about what Lambda accepts, 6 MiB."""
# Requests and webhooks need far less. Recursive code fails far beyond it.
MAX_DEPTH = 64
# Floats represent every whole number up to this one.
MAX_WHOLE = 2**53


def raw_body(event: dict[str, Any], most: int = MAX_BODY_BYTES) -> bytes:
    """Returns the bytes of the body. Raises Problem (413) over `most` bytes, (400) for invalid base64."""
    body = event.get("body") or ""
    encoded = event.get("isBase64Encoded")
    try:
        data = base64.b64decode(body, validate=True) if encoded else body.encode("utf-8", "surrogatepass")
    except ValueError as error:
        raise Problem(400, "malformed_body", "the body is not valid base64") from error
    if len(data) > most:
        raise Problem(413, "body_too_large", f"the body may have at most {most} bytes")
    return data


def require_json(event: dict[str, Any]) -> None:
    """Raises Problem (415) unless the media type of the body is JSON.

    Media types ignore case. Parameters such as a charset are ignored, since JSON is UTF-8.
    """
    content_type = header(event, "content-type") or JSON
    if content_type.partition(";")[0].strip().lower() != JSON:
        raise Problem(415, "unsupported_media_type", f"the content type must be {JSON}")


def with_json_content_type(event: dict[str, Any]) -> dict[str, Any]:
    """Returns the event with its media type in lower case, as the resolver requires.

    Without a body the media type is removed.
    """
    headers = {name: value for name, value in event["headers"].items() if name.lower() != "content-type"}
    return {**event, "headers": {**headers, "content-type": JSON} if event.get("body") else headers}


def parse_json(body: bytes) -> Any:
    """Returns the body's JSON. Raises Problem (400), also for JSON nested deeper than MAX_DEPTH."""
    try:
        value = loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise _malformed(_json_error(error)) from error
    if _is_deep(value):
        raise _malformed(_TOO_DEEP)
    return value


_TOO_DEEP = f"the body is nested more than {MAX_DEPTH} levels deep"


def _malformed(detail: str) -> Problem:
    return Problem(400, "malformed_json", detail)


def _json_error(error: Exception) -> str:
    """The position of the error, in words that are the same in every Python version."""
    if isinstance(error, json.JSONDecodeError):
        return f"the body is not JSON: error at line {error.lineno}, column {error.colno}"
    if isinstance(error, UnicodeDecodeError):
        return f"the body is not UTF-8: error at byte {error.start + 1}"
    if isinstance(error, RecursionError):
        return _TOO_DEEP
    return "the body has a number with too many digits"


def loads(text: str) -> Any:
    """Returns the value of a JSON text. As in JSON Schema, 5.0 is the whole number 5.

    Raises ValueError, RecursionError, and Problem (400) for an object with a duplicate name, which is
    ambiguous.
    """
    return json.loads(text, parse_float=_number, object_pairs_hook=_object)


def _number(text: str) -> float:
    value = float(text)
    return int(value) if value.is_integer() and abs(value) <= MAX_WHOLE else value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise _malformed(f"an object in the body has the name {name[:MAX_FIELD_NAME]} twice")
        members[name] = value
    return members


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for part in level for child in _children(part) if isinstance(child, dict | list)]
        if not level:
            return False
    return True


def _children(part: Any) -> Iterable[Any]:
    if isinstance(part, dict):
        return part.values()
    return part if isinstance(part, list) else ()
