"""YAML 1.2, with only the types that JSON has.

PyYAML follows YAML 1.1, where a plain `no` is false, `12:30` is 750 and `2026-12-01` is a date.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_TAGS = {
    "null": (r"~|null|", ["~", "n", ""]),
    "bool": (r"true|false", list("tf")),
    "int": (r"-?(?:0|[1-9][0-9]*)", list("-0123456789")),
    "float": (_FLOAT.pattern, list("-0123456789")),
}


class _Loader(yaml.SafeLoader):
    """A SafeLoader that recognises only the numbers, booleans and null of JSON."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - as PyYAML declares it


for _name, (_pattern, _first) in _TAGS.items():
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(f"^(?:{_pattern})$"), _first)


class _Dumper(yaml.SafeDumper):
    """A SafeDumper that writes multi-line text as a block."""


def _represent_text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    # PyYAML writes text such as 1e3 without quotes, but YAML 1.2 reads that as a number.
    style = "|" if "\n" in value else "'" if _FLOAT.fullmatch(value) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style)


_Dumper.add_representer(str, _represent_text)


def load(text: str) -> Any:
    """Returns the document in the text. Raises yaml.YAMLError."""
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader


def dump(document: object) -> str:
    """Returns the document as ASCII YAML; text of several lines is a block."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=False, width=4096)
