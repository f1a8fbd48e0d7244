"""Long values from the argument itself, a file, or standard input."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from mosaic_cli.errors import WrongUsage


def read_text(argument: str) -> str:
    """Returns standard input for `-`, the file's text for `@file`, else the argument. Raises WrongUsage."""
    if argument == "-":
        return _decoded(sys.stdin.buffer.read(), "standard input")
    return _read_file(argument[1:]) if argument.startswith("@") else argument


def read_document(argument: str) -> Any:
    """Returns the JSON or YAML document of a file, or of standard input for `-`. Raises WrongUsage."""
    text = read_text("-") if argument == "-" else _read_file(argument)
    return parse_document(text, "standard input" if argument == "-" else argument)


def parse_document(text: str, name: str) -> Any:
    """Parses text as JSON if it begins with a brace, else as YAML. Raises WrongUsage."""
    if not text.lstrip().startswith("{"):
        return _parse_yaml(text, name)
    try:
        return json.loads(text)
    except ValueError as error:
        raise WrongUsage(f"{name} is not valid JSON: {error}") from error


def _parse_yaml(text: str, name: str) -> Any:
    import yaml

    from mosaic_cli import yaml_format

    try:
        document = yaml_format.load(text)
    except yaml.YAMLError as error:
        raise WrongUsage(f"{name} is not valid YAML: {error}") from error
    if not isinstance(document, dict):
        raise WrongUsage(f"{name} has no object")
    return document


def _read_file(name: str) -> str:
    try:
        return _decoded(Path(name).read_bytes(), name)
    except OSError as error:
        raise WrongUsage(f"the file {name!r} cannot be read: {error.strerror}") from error


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise WrongUsage(f"{name} is not UTF-8 text") from error
