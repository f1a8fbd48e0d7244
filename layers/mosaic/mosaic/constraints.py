"""Constraints on what clients send, each with the words that an error says. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

FIELD_ERROR = "field_error"


@dataclass(frozen=True)
class Matches:
    """Text that matches a regular expression. The contract shows `pattern`; an error says "should be `words`".

    `$` stands at the end alone, never before a last line break. Unlike pydantic's own `pattern`, the expression may
    look ahead.
    """

    pattern: str
    words: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check after the constraints that stand before this one."""
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The schema with the pattern."""
        return {**handler(schema), "pattern": self.pattern}

    def check(self, text: str) -> str:
        """Return `text`; raises ValueError unless it matches."""
        if text.endswith("\n") or not self._compiled.search(text):
            raise ValueError(f"should be {self.words}")
        return text

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern)


WebAddress = Annotated[str, Field(max_length=2048), Matches(r"^https?://", "an http or https address")]


def field_error(field: str, message: str) -> PydanticCustomError:
    """What a validator of a whole model raises about one of its fields, by the name that clients know."""
    return PydanticCustomError(FIELD_ERROR, "{message}", {"field": field, "message": message})
