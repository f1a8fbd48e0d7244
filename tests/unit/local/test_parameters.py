"""Parameters are validated by their declaration."""

from typing import Any

import pytest

from local.cloud import parameters
from local.errors import LocalError

DECLARED: dict[str, dict[str, Any]] = {
    "Url": {"AllowedPattern": "^https?://.+$", "Description": "Where to"},
    "Size": {"Default": "small", "AllowedValues": ["small", "large"]},
    "Days": {"Default": 30, "AllowedValues": [1, 30]},
}


def test_valid_parameters_pass() -> None:
    parameters.check(DECLARED, {"Url": "http://x", "Size": "large"})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "Url needs a value: Where to"),
        ({"Url": "ftp://x"}, "does not match"),
        ({"Url": "http://x", "Size": "huge"}, "'huge' is none of"),
        ({"Url": "http://x", "Colour": "red"}, "no parameter Colour"),
    ],
)
def test_invalid_parameter_is_reported(given: dict[str, str], message: str) -> None:
    with pytest.raises(LocalError, match=message):
        parameters.check(DECLARED, given)
