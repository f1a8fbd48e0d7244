"""Cutting text to the limits of what a job may hold. Pure."""

from __future__ import annotations

CUT_MARK = "… [cut]"


def cut(text: str, limit: int) -> str:
    """`text` if its UTF-8 form fits into `limit` bytes, else its beginning with `CUT_MARK`, within the limit.

    Lone surrogates, which UTF-8 cannot hold, come back as U+FFFD.
    """
    data = _encode(text)
    if len(data) <= limit:
        return data.decode("utf-8")
    room = limit - len(CUT_MARK.encode())
    return data[:room].decode("utf-8", "ignore") + CUT_MARK


def _encode(text: str) -> bytes:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode("utf-8")


def size(text: str) -> int:
    """Bytes of `text` in UTF-8."""
    return len(_encode(text))
