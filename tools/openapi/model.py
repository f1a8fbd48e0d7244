"""What is told of an operation beside what its code says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

JSON = "application/json"


class IncompleteError(Exception):
    """Something of the contract is not described; the message says what, and where to describe it."""


@dataclass(frozen=True)
class Answer:
    """One good answer: what it says, the component that its body is (none without), and an example of that body.

    `headers` are the answer's own, by name, with what they say.
    """

    says: str
    schema: str | Json | None = None
    example: Any = None
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Body:
    """A request's body where the resolver does not read it: the component or schema that it has to be."""

    schema: str | Json
    says: str = ""


@dataclass(frozen=True)
class Operation:
    """One operation: its id and tag, what it answers, and the problems that are its own.

    The summary is the first clause of the handler's docstring unless another is given here; `about` is all there is
    to know beyond it. `requests` are example bodies by name.
    `problems` are codes of `tools.openapi.problems.PROBLEMS`; those of every operation of its kind are added.
    `security` and `body` are told only where the code cannot tell them.
    """

    id: str
    tag: str
    answers: Mapping[int, Answer]
    about: str = ""
    summary: str = ""
    requests: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    security: tuple[Mapping[str, list[str]], ...] | None = None
    body: Body | None = None
