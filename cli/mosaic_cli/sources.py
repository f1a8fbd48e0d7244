"""Where long values come from: the argument itself, a file, or standard input."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from mosaic_cli.errors import WrongUsage


def text(argument: str) -> str:
    """`-` reads standard input, `@file` a file, everything else is the text. Raises WrongUsage."""
    if argument == "-":
        return _decoded(sys.stdin.buffer.read(), "standard input")
    return _file(argument[1:]) if argument.startswith("@") else argument


def document(argument: str) -> Any:
    """The JSON in a file, or in standard input for `-`. Raises WrongUsage."""
    written = text("-") if argument == "-" else _file(argument)
    try:
        return json.loads(written)
    except ValueError as error:
        raise WrongUsage(f"{argument} is no JSON: {error}") from error


def _file(name: str) -> str:
    try:
        return _decoded(Path(name).read_bytes(), name)
    except OSError as error:
        raise WrongUsage(f"the file {name!r} cannot be read: {error.strerror}") from error


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise WrongUsage(f"{name} is not UTF-8 text") from error
