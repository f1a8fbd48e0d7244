"""Validates the template's parameters, which CloudFormation does and moto does not."""

import re
from collections.abc import Mapping
from typing import Any

from local.errors import LocalError


def check(declared: Mapping[str, Mapping[str, Any]], given: Mapping[str, str]) -> None:
    """Raises LocalError for a parameter that is unknown, missing or invalid by its declaration."""
    for name in given:
        if name not in declared:
            raise LocalError(f"the template has no parameter {name}")
    for name, rules in declared.items():
        value = given.get(name, rules.get("Default"))
        if value is None:
            raise LocalError(f"parameter {name} needs a value: {rules.get('Description', '')}")
        _check_value(name, str(value), rules)


def _check_value(name: str, value: str, rules: Mapping[str, Any]) -> None:
    pattern = rules.get("AllowedPattern")
    if pattern is not None and not re.fullmatch(pattern, value):
        raise LocalError(f"parameter {name}: {value!r} does not match {pattern}")
    allowed = rules.get("AllowedValues")
    if allowed is not None and value not in {str(option) for option in allowed}:
        raise LocalError(f"parameter {name}: {value!r} is none of {allowed}")
