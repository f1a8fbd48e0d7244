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
    """The JSON or YAML in a file, or in standard input for `-`. Raises WrongUsage."""
    written = text("-") if argument == "-" else _file(argument)
    return parsed(written, "standard input" if argument == "-" else argument)


def parsed(written: str, name: str) -> Any:
    """The document in a text: JSON if it begins with a brace, else YAML. Raises WrongUsage."""
    if not written.lstrip().startswith("{"):
        return _yaml(written, name)
    try:
        return json.loads(written)
    except ValueError as error:
        raise WrongUsage(f"{name} is no JSON: {error}") from error


def _yaml(written: str, name: str) -> Any:
    import yaml

    from mosaic_cli.yaml_loader import Loader

    try:
        found = yaml.load(written, Loader=Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise WrongUsage(f"{name} is no YAML: {error}") from error
    if not isinstance(found, dict):
        raise WrongUsage(f"{name} has no object")
    return found


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
