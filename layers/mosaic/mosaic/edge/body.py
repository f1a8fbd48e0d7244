"""The body of a request: its bytes, its media type, and its JSON, as every function behind the API reads them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from typing import Any

from mosaic.edge.headers import header
from mosaic.edge.http import JSON
from mosaic.edge.problem import Problem

MAX_BODY_BYTES = 256 * 1024
# Far more than any request or webhook needs, and far less than what breaks those who walk through it.
MAX_DEPTH = 64
# Beyond it, not every whole number is a float.
MAX_WHOLE = 2**53
MAX_NAME = 200


def raw_body(event: dict[str, Any]) -> bytes:
    """The body's bytes as they were sent. Raises Problem (413) over MAX_BODY_BYTES, (400) for broken base64."""
    body = event.get("body") or ""
    encoded = event.get("isBase64Encoded")
    try:
        data = base64.b64decode(body, validate=True) if encoded else body.encode("utf-8", "surrogatepass")
    except ValueError as error:
        raise Problem(400, "malformed_body", "the body is not what its encoding says") from error
    if len(data) > MAX_BODY_BYTES:
        raise Problem(413, "body_too_large", f"the body may hold at most {MAX_BODY_BYTES} bytes")
    return data


def require_json(event: dict[str, Any]) -> None:
    """Raise Problem (415) for a request whose body is said to be something else than JSON.

    Media types have no case, and any parameter may follow: a charset says nothing, since JSON is UTF-8.
    """
    said = header(event, "content-type") or JSON
    if said.partition(";")[0].strip().lower() != JSON:
        raise Problem(415, "unsupported_media_type", f"the body has to be sent as {JSON}")


def as_json(event: dict[str, Any]) -> dict[str, Any]:
    """The event with its media type as the resolver knows it, which takes lower case alone; none without a body."""
    headers = {name: value for name, value in event["headers"].items() if name.lower() != "content-type"}
    return {**event, "headers": {**headers, "content-type": JSON} if event.get("body") else headers}


def parsed(body: bytes) -> Any:
    """The body's JSON. Raises Problem (400), also for lists and objects more than MAX_DEPTH deep in each other."""
    try:
        value = loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise _malformed(_what_is_wrong(error)) from error
    if _is_deep(value):
        raise _malformed(_TOO_DEEP)
    return value


_TOO_DEEP = f"the body nests more than {MAX_DEPTH} levels deep"


def _malformed(detail: str) -> Problem:
    return Problem(400, "malformed_json", detail)


def _what_is_wrong(error: Exception) -> str:
    """Where JSON breaks, in words that do not depend on the Python that runs this."""
    if isinstance(error, json.JSONDecodeError):
        return f"the body is not JSON: it breaks at line {error.lineno}, column {error.colno}"
    if isinstance(error, UnicodeDecodeError):
        return f"the body is not UTF-8: it breaks at byte {error.start + 1}"
    if isinstance(error, RecursionError):
        return _TOO_DEEP
    return "the body has a number of too many digits"


def loads(text: str) -> Any:
    """JSON as every function reads it: 5.0 is the whole number 5, as JSON Schema has it.

    Raises ValueError, RecursionError, and Problem (400) for an object with a name twice: which of the two counts
    would be anybody's guess.
    """
    return json.loads(text, parse_float=_number, object_pairs_hook=_object)


def _number(text: str) -> float:
    value = float(text)
    return int(value) if value.is_integer() and abs(value) <= MAX_WHOLE else value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _malformed(f"the body has an object with the name {name[:MAX_NAME]} twice")
        found[name] = value
    return found


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
