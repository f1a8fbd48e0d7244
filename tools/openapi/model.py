"""Descriptions of operations, in addition to what their code shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

JSON = "application/json"


class IncompleteError(Exception):
    """A part of the contract has no description; the message names it and the file to describe it in."""


@dataclass(frozen=True)
class Success:
    """A successful response and an example of its body; a response without an example has no body.

    The schema of the body is `model`, or the handler's return type. `headers` maps names to descriptions.
    """

    description: str
    example: Any = None
    model: Any = None
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """One operation: its id and tag, its successful responses and the problems specific to it.

    The default of `summary` is the first clause of the handler's docstring. `examples` maps names to bodies.
    `problems` are codes of `tools.openapi.problems.PROBLEMS`; the common ones are added. `security` and
    `signature` are for routes whose code does not show them. The parameters and the return type of
    `signature` replace those of the handler.
    """

    id: str
    tag: str
    responses: Mapping[int, Success]
    description: str = ""
    summary: str = ""
    examples: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    security: tuple[Mapping[str, list[str]], ...] | None = None
    signature: Callable[..., Any] | None = None
