"""Measuring and cutting text by what it takes in a stored job. Pure."""

from __future__ import annotations

import json
import re

from pydantic_core import to_json

CUT_MARK = "… [cut]"
# What can stand in a JSON string between its quotes, an escape never in halves.
_WHOLE = re.compile(rb"(?:[^\\]|\\u[0-9a-f]{4}|\\[^u])*", re.DOTALL)


def cut(text: str, limit: int) -> str:
    """`text` if its `size` is at most `limit` bytes, else its beginning with `CUT_MARK`, within the limit.

    Lone surrogates, which UTF-8 cannot hold, come back as U+FFFD.
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
    """Bytes that `text` takes in a stored job, which is UTF-8 JSON.

    A character that JSON escapes takes two, as a quotation mark and a line break do, or six, as most control
    characters do: measured without that, a job could outgrow what DynamoDB stores.
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
