"""Untrusted text, escaped so that it cannot control the terminal."""

from __future__ import annotations

import json
import re
import unicodedata

from mosaic_cli.rendering.invisible import invisible_at

# Escaped besides invisible characters: controls and separators, which a terminal could take for line breaks.
_CONTROLS = frozenset({"Cc", "Zl", "Zp"})


def safe(value: object) -> str:
    """Returns the text with invisible characters and those that could control a terminal escaped.

    Newlines are kept.
    """
    text = str(value).replace("\r\n", "\n").replace("\t", "    ")
    if text.isascii() and text.isprintable():
        return text
    invisible = invisible_at(text)
    return "".join(
        _escaped(character) if position in invisible or _is_control(character) else character
        for position, character in enumerate(text)
    )


def line(value: object, limit: int | None = None) -> str:
    """Returns the text escaped and on a single line, truncated to `limit` characters."""
    text = safe(re.sub(r"\s+", " ", str(value)).strip())
    return text if limit is None or len(text) <= limit else text[: limit - 1] + "…"


def as_json(document: object, indent: int | None = None) -> str:
    """Returns the document as ASCII JSON, on a single line unless `indent` is given."""
    return json.dumps(document, indent=indent)


def _is_control(character: str) -> bool:
    return character != "\n" and unicodedata.category(character) in _CONTROLS


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
