"""Messages for pydantic's validation errors. Only this module knows pydantic's error types. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mosaic.base import NOT_A_TIME
from mosaic.constraints import FIELD_ERROR

Context = Mapping[str, Any]

MAX_FIELD_NAME = 200
"""The maximum length, in a message, of a name that a client chose."""

_OBJECT = "should be an object"
_LIST = "should be a list"
_WHOLE = "should be a whole number"


_QUOTED = re.compile("'([^']*)'")


def _choice(context: Context) -> str:
    expected = str(context.get("expected") or context.get("expected_tags") or "")
    return f"should be one of {', '.join(_QUOTED.findall(expected))}"


def _value_error(context: Context) -> str:
    return str(context["error"])


def _at_least(count: int, what: str) -> str:
    if count == 1:
        return "should not be empty"
    return f"should have at least {count} {what}"


# Messages by pydantic's error type; FALLBACK for all others.
MESSAGES: dict[str, str | Callable[[Context], str]] = {
    "missing": "is missing",
    "extra_forbidden": "is not a known field",
    "string_type": "should be text",
    "string_unicode": "should be valid Unicode text",
    "string_too_short": lambda context: _at_least(context["min_length"], "characters"),
    "string_too_long": lambda context: f"should have at most {context['max_length']} characters",
    "too_short": lambda context: _at_least(context["min_length"], "items"),
    "too_long": lambda context: f"should have at most {context['max_length']} items",
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": "should be a smaller number",
    "float_type": "should be a number",
    "finite_number": "should be a finite number",
    "bool_type": "should be true or false",
    "list_type": _LIST,
    "tuple_type": _LIST,
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "greater_than_equal": lambda context: f"should be at least {context['ge']}",
    "less_than_equal": lambda context: f"should be at most {context['le']}",
    "less_than": lambda context: f"should be less than {context['lt']}",
    "literal_error": _choice,
    "enum": _choice,
    "union_tag_invalid": _choice,
    "union_tag_not_found": "is missing",
    "datetime_type": NOT_A_TIME,
    "datetime_parsing": NOT_A_TIME,
    "datetime_from_date_parsing": NOT_A_TIME,
    "datetime_object_invalid": NOT_A_TIME,
    "timezone_aware": NOT_A_TIME,
    "value_error": _value_error,
    FIELD_ERROR: lambda context: str(context["message"]),
}
FALLBACK = "is not valid"


def message_of(error: Mapping[str, Any]) -> str:
    """Returns the message of an error, as the end of a sentence that begins with the field's name."""
    message = MESSAGES.get(error["type"], FALLBACK)
    return message if isinstance(message, str) else message(error.get("ctx", {}))


def without_echoes(errors: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Returns the errors without those on a tuple that is too short only because its wrong items were
    dropped.
    """
    locations = [tuple(error["loc"]) for error in errors]

    def is_echo(error: Mapping[str, Any]) -> bool:
        location = tuple(error["loc"])
        return error["type"] == "too_short" and any(
            other[: len(location)] == location and len(other) > len(location) for other in locations
        )

    return [error for error in errors if not is_echo(error)]


def field_of(error: Mapping[str, Any], sent: Any = None) -> str:
    """Returns the path of the wrong field as clients write it, such as `reports[0].name`; empty for the whole
    value.

    `sent` is the validated value, if known. It tells the fields from the path segments that pydantic added.
    """
    context = error.get("ctx", {})
    steps = _fields(error["loc"], sent)
    if error["type"] == FIELD_ERROR:
        steps.append(context["field"])
    if error["type"].startswith("union_tag_"):
        steps.append(str(context["discriminator"]).strip("'"))
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")


def _fields(location: Sequence[int | str], sent: Any) -> list[int | str]:
    """Returns the path segments that exist in the sent value; the last one may be a missing field."""
    if sent is None:
        return list(location)
    path: list[int | str] = []
    for index, step in enumerate(location):
        last = index == len(location) - 1
        if isinstance(sent, Mapping) and (step in sent or (last and step != "[key]")):
            sent = sent.get(step)
            path.append(step)
        elif isinstance(sent, list) and isinstance(step, int) and step < len(sent):
            sent = sent[step]
            path.append(step)
    return path
