"""Parses policy text into policies with lines, annotations and syntax trees. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import cedarpy
from cedarpy import pst

from mosaic.rails.comparisons import Conditions, context_attributes, subnodes
from mosaic.rails.nesting import MAX_HEIGHT, height_of, too_deep

OBSERVE = "observe"
ENFORCE = "enforce"

# A policy ends with a semicolon outside strings and comments.
_TOKEN = re.compile(
    r'(?P<text>"(?:\\.|[^"\\])*"?)|(?P<comment>//[^\n]*)|(?P<end>;)|(?P<space>\s+)|.', re.DOTALL
)
_UNFINISHED = "unexpected end of input"
_NESTED = "nesting exceeds"
_AT_A_TOKEN = ("unexpected token", "invalid token")
_QUOTED_NAME = re.compile(r"`([^`]+)`|: (\S+)$")


@dataclass(frozen=True)
class Statement:
    """The text of one policy up to its semicolon; `line` counts from 1."""

    text: str
    line: int

    def line_of(self, error: str) -> int:
        """Returns the line that Cedar's error about this statement concerns, or the best guess."""
        if error.startswith(_AT_A_TOKEN):
            return self._last_parsed_line()
        names = (match[1] or match[2] for match in _QUOTED_NAME.finditer(error))
        position = next((self.text.find(name) for name in names if name in self.text), 0)
        return self.line + self.text.count("\n", 0, position)

    def _last_parsed_line(self) -> int:
        lines = self.text.split("\n")
        counts = range(1, len(lines))
        first = bisect_left(
            counts, True, key=lambda count: _parse_error("\n".join(lines[:count])) != _UNFINISHED
        )
        return self.line + first


@dataclass(frozen=True, eq=False)
class Policy:
    """One parsed policy; `observed` is True in observe mode.

    Equality is identity, since comparing trees is slow.
    """

    id: str
    reason: str
    effect: pst.Effect
    observed: bool
    text: str
    line: int
    tree: pst.Template

    @cached_property
    def conditions(self) -> Conditions:
        """The conditions of the policy on a request."""
        return Conditions(self.tree)

    @cached_property
    def attributes(self) -> frozenset[str]:
        """The context attributes that the policy reads."""
        return context_attributes((self.tree,))

    @cached_property
    def reads_resource(self) -> bool:
        """Whether the repository can change the result of the policy."""
        return self.tree.resource != pst.ScopeAny() or pst.Var("resource") in subnodes(self.tree)


def statements(text: str) -> Iterator[Statement]:
    """Yields the statements of a text in order; the last may be incomplete."""
    start: int | None = None
    for token in _TOKEN.finditer(text):
        if start is None and not (token["space"] or token["comment"]):
            start = token.start()
        if token["end"] and start is not None:
            yield Statement(text[start : token.end()], 1 + text.count("\n", 0, start))
            start = None
    if start is not None:
        yield Statement(text[start:].rstrip(), 1 + text.count("\n", 0, start))


def parse(text: str) -> tuple[Policy, ...]:
    """Returns the policies of a text in order. Raises ValueError for invalid text, templates and missing ids."""
    return tuple(parse_policy(statement) for statement in statements(text))


def parse_policy(statement: Statement) -> Policy:
    """Returns the policy of a statement; raises ValueError as `parse` does."""
    parsed = _parsed(statement.text)
    if parsed.templates:
        raise ValueError("templates are not supported: name the principal and the resource")
    if not parsed.static_policies:
        raise ValueError(_UNFINISHED)
    (tree,) = parsed.static_policies.values()
    if not tree.annotations.get("id"):
        raise ValueError('has no id: add @id("…")')
    return Policy(
        id=tree.annotations["id"],
        reason=tree.annotations.get("reason", ""),
        effect=tree.effect,
        observed=tree.annotations.get("mode") == OBSERVE,
        text=statement.text,
        line=statement.line,
        tree=tree,
    )


def _parsed(text: str) -> pst.PolicySet:
    if height_of(text) > MAX_HEIGHT:
        raise ValueError(too_deep(text))
    try:
        return cedarpy.policies_to_pst(text)
    except ValueError as error:
        raise ValueError(too_deep(text) if _NESTED in str(error) else str(error)) from None


def _parse_error(text: str) -> str:
    try:
        cedarpy.policies_to_pst(text)
    except ValueError as error:
        return str(error)
    return ""
