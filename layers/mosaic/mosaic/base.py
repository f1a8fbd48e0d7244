"""What every value of the domain shares: frozen, camelCase outside, times in UTC to the millisecond."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, PlainSerializer
from pydantic.alias_generators import to_camel


def utc(moment: datetime) -> datetime:
    """The same moment in UTC, cut to whole milliseconds; a naive datetime raises ValueError."""
    if moment.tzinfo is None:
        raise ValueError("a time needs its offset, for example 2026-01-31T12:00:00Z")
    try:
        moment = moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a time lies within the years 1 to 9999, in UTC too") from error
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def rfc3339(moment: datetime) -> str:
    """RFC 3339 in UTC with exactly three decimals, so that the text sorts as the time does."""
    return utc(moment).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


Timestamp = Annotated[AwareDatetime, AfterValidator(utc), PlainSerializer(rfc3339, return_type=str)]


class Value(BaseModel):
    """A frozen value; fields are snake_case in code and camelCase in JSON.

    Unknown fields are dropped, so that an older version of the code can read what a newer one stored.
    """

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")


class Request(Value):
    """A value that a client sends: an unknown field is an error, not silence."""

    model_config = ConfigDict(extra="forbid")
