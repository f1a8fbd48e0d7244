"""Base of all values: frozen models, camelCase in JSON, times in UTC with milliseconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
)
from pydantic.alias_generators import to_camel


def utc(moment: datetime) -> datetime:
    """Returns the moment in UTC, truncated to milliseconds. Raises ValueError for a naive datetime."""
    if moment.tzinfo is None:
        raise ValueError("should have a UTC offset, for example 2026-01-31T12:00:00Z")
    try:
        moment = moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("should be within the years 1 to 9999, also in UTC") from error
    rest = moment.microsecond % 1000
    return moment.replace(microsecond=moment.microsecond - rest) if rest else moment


@lru_cache(maxsize=1024)  # the versions of a job share most of their times
def rfc3339(moment: datetime) -> str:
    """Returns the moment as RFC 3339 in UTC with exactly three decimals, so that texts sort by time."""
    if moment.tzinfo is not UTC:
        moment = utc(moment)
    return moment.isoformat(timespec="milliseconds")[: -len("+00:00")] + "Z"


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(moment: datetime) -> int:
    """Returns whole milliseconds since 1970, as in a ULID."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


Timestamp = Annotated[AwareDatetime, AfterValidator(utc), PlainSerializer(rfc3339, return_type=str)]

_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}([.][0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})", re.IGNORECASE
)


NOT_A_TIME = "should be an RFC 3339 time, for example 2026-01-31T12:00:00Z"


def _written(value: Any) -> Any:
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise ValueError(NOT_A_TIME)
    return value


# Types of requests, which accept JSON's own types only.
SentTime = Annotated[Timestamp, BeforeValidator(_written)]
SentInt = Annotated[int, Field(strict=True)]
SentBool = Annotated[bool, Field(strict=True)]


class Value(BaseModel):
    """A frozen value, with snake_case fields in code and camelCase fields in JSON.

    Unknown fields are ignored, so that older code can read what newer code stored.
    """

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")


class Request(Value):
    """A value that a client sends, with camelCase names only. Unknown fields are errors."""

    model_config = ConfigDict(extra="forbid", populate_by_name=False)
