"""Validation messages use plain words instead of pydantic's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, get_args

import pytest
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import core_schema

from mosaic.base import SentTime
from mosaic.constraints import Matches, WebAddress, field_error
from mosaic.validation_messages import FALLBACK, MESSAGES, field_of, message_of

PYDANTIC_S_OWN = re.compile(
    r"Input should|Value error|Extra inputs|Field required|pattern|pydantic|\^|\$|Error|\bdict|\bint\b|\bNone\b"
)


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Circle(BaseModel):
    kind: Literal["circle"]
    radius: Annotated[float, Field(strict=True, ge=1, le=9, allow_inf_nan=False)]


class Square(BaseModel):
    kind: Literal["square"]
    side: int


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=3)] = "x"
    two: Annotated[str, Field(min_length=2)] = "xx"
    name: Annotated[str, Matches("^[a-z]+$", "lower-case letters")] = "x"
    url: WebAddress | None = None
    number: Annotated[int, Field(strict=True, lt=9)] = 1
    lax: int = 1
    truth: Annotated[bool, Field(strict=True)] = True
    colour: Colour = Colour.RED
    word: Literal["one", "two"] = "one"
    some: Annotated[list[int], Field(min_length=1, max_length=2)] = [1]
    pair: tuple[int, ...] = ()
    named: dict[Annotated[str, Matches("^[a-z]+$", "lower-case letters")], int] = {}
    inner: Circle | None = None
    shapes: list[Annotated[Circle | Square, Field(discriminator="kind")]] = []
    at: SentTime | None = None
    aware: AwareDatetime | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Whole:
        if self.text == "no":
            raise field_error("number", "does not go with text")
        return self


TIME = "should be an RFC 3339 time, for example 2026-01-31T12:00:00Z"
WRONG: list[tuple[Any, str, str]] = [
    ([], "", "should be an object"),
    ({"extra": 1}, "extra", "is not a known field"),
    ({"text": 1}, "text", "should be text"),
    ({"text": "\ud800"}, "text", "should be valid Unicode text"),
    ({"text": ""}, "text", "should not be empty"),
    ({"two": "x"}, "two", "should have at least 2 characters"),
    ({"text": "long"}, "text", "should have at most 3 characters"),
    ({"name": "A"}, "name", "should be lower-case letters"),
    ({"name": "a\n"}, "name", "should be lower-case letters"),
    ({"url": "ftp://x"}, "url", "should be an http or https address"),
    ({"number": "1"}, "number", "should be a whole number"),
    ({"number": 1.5}, "number", "should be a whole number"),
    ({"number": 9}, "number", "should be less than 9"),
    ({"lax": "x"}, "lax", "should be a whole number"),
    ({"lax": 1.5}, "lax", "should be a whole number"),
    ({"lax": "9" * 5000}, "lax", "should be a smaller number"),
    ({"truth": 1}, "truth", "should be true or false"),
    ({"colour": "green"}, "colour", "should be one of red, blue"),
    ({"word": "three"}, "word", "should be one of one, two"),
    ({"some": 1}, "some", "should be a list"),
    ({"some": []}, "some", "should not be empty"),
    ({"some": [1, 2, 3]}, "some", "should have at most 2 items"),
    ({"some": [1, "x"]}, "some[1]", "should be a whole number"),
    ({"pair": 1}, "pair", "should be a list"),
    ({"named": 1}, "named", "should be an object"),
    ({"named": {"A": 1}}, "named.A", "should be lower-case letters"),
    ({"named": {"a": "x"}}, "named.a", "should be a whole number"),
    ({"inner": 1}, "inner", "should be an object"),
    ({"inner": {"kind": "circle"}}, "inner.radius", "is missing"),
    ({"inner": {"kind": "circle", "radius": "x"}}, "inner.radius", "should be a number"),
    (
        {"inner": {"kind": "circle", "radius": float("nan")}},
        "inner.radius",
        "should be a finite number",
    ),
    ({"inner": {"kind": "circle", "radius": 0}}, "inner.radius", "should be at least 1.0"),
    ({"inner": {"kind": "circle", "radius": 10}}, "inner.radius", "should be at most 9.0"),
    ({"shapes": [{"kind": "square"}]}, "shapes[0].side", "is missing"),
    ({"shapes": [{"kind": "line"}]}, "shapes[0].kind", "should be one of circle, square"),
    ({"shapes": [{}]}, "shapes[0].kind", "is missing"),
    ({"shapes": [1]}, "shapes[0]", "should be an object"),
    ({"at": "2026-W05-6T12:00:00Z"}, "at", TIME),
    ({"at": 1769860800}, "at", TIME),
    ({"at": "2026-02-30T12:00:00Z"}, "at", TIME),
    ({"at": "2026-01-31T12:00:00"}, "at", TIME),
    ({"at": "2026-01-31T12:00:00Z\n"}, "at", TIME),
    ({"at": "2026-01-31T12:00:00+99:00"}, "at", TIME),
    ({"at": "2026-01-31T::::::::Z"}, "at", TIME),
    ({"at": "٢٠٢٦-01-31T12:00:00Z"}, "at", TIME),
    ({"aware": []}, "aware", TIME),
    ({"aware": "x"}, "aware", TIME),
    ({"aware": datetime(2026, 1, 31, 12)}, "aware", TIME),  # noqa: DTZ001 - one without an offset
    ({"text": "no"}, "number", "does not go with text"),
]


def errors(sent: Any) -> Any:
    with pytest.raises(ValidationError) as found:
        Whole.model_validate(sent)
    return found.value.errors()


@pytest.mark.parametrize(("sent", "field", "message"), WRONG, ids=lambda value: ascii(value)[:50])
def test_error_names_field_and_remedy(sent: Any, field: str, message: str) -> None:
    (error,) = errors(sent)
    assert (field_of(error, sent), message_of(error)) == (field, message)


def test_the_table_reaches_every_message() -> None:
    reached = {error["type"] for sent, _, _ in WRONG for error in errors(sent)}
    assert set(MESSAGES) - reached <= {"datetime_object_invalid", "datetime_parsing"}


@pytest.mark.parametrize("type", get_args(core_schema.ErrorType))
def test_unknown_error_type_has_a_plain_message(type: str) -> None:
    if type not in MESSAGES:
        assert message_of({"type": type, "loc": (), "msg": "Input should be odd"}) == FALLBACK


def texts() -> Iterator[str]:
    yield FALLBACK
    yield from (details for details in MESSAGES.values() if isinstance(details, str))


def test_messages_never_come_from_pydantic() -> None:
    assert [text for text in texts() if PYDANTIC_S_OWN.search(text)] == []


def test_path_is_unchanged_without_the_input() -> None:
    assert field_of({"type": "missing", "loc": ("status", 1)}) == "status[1]"
