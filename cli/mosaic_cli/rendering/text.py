"""Untrusted text, escaped so that it cannot control the terminal."""

from __future__ import annotations

import json
import re
import unicodedata

# Control characters, surrogates and invisible format characters, which can reverse or hide text, are escaped.
# The two joiners only shape neighbouring letters.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")
_KEPT = frozenset("\n") | _JOINERS


def safe(value: object) -> str:
    """Returns the text with every character escaped that could control a terminal; newlines are kept."""
    text = str(value).replace("\r\n", "\n").replace("\t", "    ")
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(character) for character in text)


def line(value: object, limit: int | None = None) -> str:
    """Returns the text escaped and on a single line, truncated to `limit` characters."""
    text = safe(re.sub(r"\s+", " ", str(value)).strip())
    return text if limit is None or len(text) <= limit else text[: limit - 1] + "…"


def as_json(document: object, indent: int | None = None) -> str:
    """Returns the document as ASCII JSON, on a single line unless `indent` is given."""
    return json.dumps(document, indent=indent)


def _escaped(character: str) -> str:
    if character in _KEPT or unicodedata.category(character) not in _UNSAFE:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
