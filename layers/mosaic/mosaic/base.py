"""What every value of the domain shares: frozen, camelCase outside, times in UTC to the millisecond."""

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
    """The same moment in UTC, cut to whole milliseconds; a naive datetime raises ValueError."""
    if moment.tzinfo is None:
        raise ValueError("should have its offset, for example 2026-01-31T12:00:00Z")
    try:
        moment = moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("should lie within the years 1 to 9999, in UTC too") from error
    rest = moment.microsecond % 1000
    return moment.replace(microsecond=moment.microsecond - rest) if rest else moment


@lru_cache(maxsize=1024)  # a job has the same few times in each of its versions
def rfc3339(moment: datetime) -> str:
    """RFC 3339 in UTC with exactly three decimals, so that the text sorts as the time does."""
    if moment.tzinfo is not UTC:
        moment = utc(moment)
    return moment.isoformat(timespec="milliseconds")[: -len("+00:00")] + "Z"


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(moment: datetime) -> int:
    """Whole milliseconds since 1970, as a ULID counts them."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


Timestamp = Annotated[AwareDatetime, AfterValidator(utc), PlainSerializer(rfc3339, return_type=str)]

_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}([.][0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})", re.IGNORECASE
)


def _written(value: Any) -> Any:
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise ValueError("should be a time as RFC 3339 has it, for example 2026-01-31T12:00:00Z")
    return value


# As clients send them: JSON's own types and no others that could be read as such.
SentTime = Annotated[Timestamp, BeforeValidator(_written)]
SentInt = Annotated[int, Field(strict=True)]
SentBool = Annotated[bool, Field(strict=True)]


class Value(BaseModel):
    """A frozen value; fields are snake_case in code and camelCase in JSON.

    Unknown fields are dropped, so that an older version of the code can read what a newer one stored.
    """

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")


class Request(Value):
    """A value that a client sends, under the names of the contract: an unknown field is an error, not silence."""

    model_config = ConfigDict(extra="forbid", populate_by_name=False)
