"""YAML as version 1.2 reads it.

PyYAML follows 1.1, where a plain `no` is false, `12:30` is 750 and `2026-12-01` is a date, which JSON cannot carry.
"""

from __future__ import annotations

import re

import yaml

FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_TAGS = {
    "null": (r"~|null|", ["~", "n", ""]),
    "bool": (r"true|false", list("tf")),
    "int": (r"-?(?:0|[1-9][0-9]*)", list("-0123456789")),
    "float": (FLOAT.pattern, list("-0123456789")),
}


class Loader(yaml.SafeLoader):
    """SafeLoader that takes for numbers, booleans and null only what JSON does."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - as PyYAML declares it


for _name, (_pattern, _first) in _TAGS.items():
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(f"^(?:{_pattern})$"), _first)
