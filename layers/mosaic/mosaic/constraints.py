"""Constraints on request fields, with the words of their error messages. Pure."""

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
    """Text that matches a regular expression. The API reference shows `pattern`; the error says "should be
    `words`".

    `$` matches only at the end, not before a final line break. Unlike pydantic's `pattern`, it supports
    lookahead.
    """

    pattern: str
    words: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Checks after the constraints that come before this one."""
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Returns the schema with the pattern."""
        return {**handler(schema), "pattern": self.pattern}

    def check(self, text: str) -> str:
        """Returns `text`. Raises ValueError unless it matches."""
        if text.endswith("\n") or not self._compiled.search(text):
            raise ValueError(f"should be {self.words}")
        return text

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern)


WebAddress = Annotated[str, Field(max_length=2048), Matches(r"^https?://", "an http or https address")]


def field_error(field: str, message: str) -> PydanticCustomError:
    """Returns the error for a model validator to raise about one field, named as clients know it."""
    return PydanticCustomError(FIELD_ERROR, "{message}", {"field": field, "message": message})
