"""Text that others wrote, made safe to show: nothing in it can steer the terminal. Pure."""

from __future__ import annotations

import json
import re
import unicodedata

# Control characters, surrogates and invisible format characters (which can reverse or hide text) are shown as what
# they are. The two joiners only shape the letters around them.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")
_KEPT = frozenset("\n") | _JOINERS


def safe(text: object) -> str:
    """`text` with every character that could steer a terminal written as its escape; newlines are kept."""
    written = str(text).replace("\r\n", "\n").replace("\t", "    ")
    if written.isascii() and written.isprintable():
        return written
    return "".join(_shown(character) for character in written)


def line(text: object, limit: int | None = None) -> str:
    """`text` safe and in one line, with at most `limit` characters."""
    flat = safe(re.sub(r"\s+", " ", str(text)).strip())
    return flat if limit is None or len(flat) <= limit else flat[: limit - 1] + "…"


def as_json(document: object, indent: int | None = None) -> str:
    """`document` as JSON, in one line unless indented; pure ASCII, so that no terminal and no encoding takes harm."""
    return json.dumps(document, indent=indent)


def _shown(character: str) -> str:
    if character in _KEPT or unicodedata.category(character) not in _UNSAFE:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
