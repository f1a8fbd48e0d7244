"""Size and shortening of texts, measured as stored JSON. Pure."""

from __future__ import annotations

import json
import re

from pydantic_core import to_json

CUT_MARK = "… [cut]"
# The content of a JSON string, with no escape sequence cut in half.
_WHOLE = re.compile(rb"(?:[^\\]|\\u[0-9a-f]{4}|\\[^u])*", re.DOTALL)


def cut(text: str, limit: int) -> str:
    """Returns `text` shortened to at most `limit` bytes by `size`, with `CUT_MARK` at the end if it was cut.

    Lone surrogates, which UTF-8 cannot encode, become U+FFFD.
    """
    text = _encodable(text)
    data = _stored(text)
    if len(data) <= limit:
        return text
    whole = _WHOLE.match(data[: limit - size(CUT_MARK)])
    kept = whole.group().decode("utf-8", "ignore") if whole else ""
    beginning: str = json.loads(f'"{kept}"')
    return beginning + CUT_MARK


def size(text: str) -> int:
    """Returns the bytes that `text` takes in a stored job, which is UTF-8 JSON.

    An escaped character takes two bytes (quotation mark, line break) or six (most control characters).
    Without counting them, a job could exceed DynamoDB's item size.
    """
    return len(_stored(_encodable(text)))


def _stored(text: str) -> bytes:
    return to_json(text)[1:-1]


def _encodable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
