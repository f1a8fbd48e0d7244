"""Policy text → policies, each with its place, its annotations and its tree. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import cedarpy
from cedarpy import pst

from mosaic.rails.comparisons import context_attributes, subnodes
from mosaic.rails.satisfiability import Conditions

OBSERVE = "observe"
ENFORCE = "enforce"

# What a policy ends with is a semicolon that stands in no string and no comment.
_TOKEN = re.compile(
    r'(?P<text>"(?:\\.|[^"\\])*"?)|(?P<comment>//[^\n]*)|(?P<end>;)|(?P<space>\s+)|.', re.DOTALL
)
_UNFINISHED = "unexpected end of input"
_AT_A_TOKEN = ("unexpected token", "invalid token")
_NAMED = re.compile(r"`([^`]+)`|: (\S+)$")


@dataclass(frozen=True)
class Statement:
    """One policy as it is written, from its first word to its semicolon; `line` counts from 1."""

    text: str
    line: int

    def place(self, said: str) -> int:
        """The line that `said`, an error of Cedar's about this statement, is about as far as one can tell."""
        if said.startswith(_AT_A_TOKEN):
            return self._last_readable()
        names = (found[1] or found[2] for found in _NAMED.finditer(said))
        at = next((self.text.find(name) for name in names if name in self.text), 0)
        return self.line + self.text.count("\n", 0, at)

    def _last_readable(self) -> int:
        lines = self.text.split("\n")
        for count in range(1, len(lines)):
            if _wrong("\n".join(lines[:count])) != _UNFINISHED:
                return self.line + count - 1
        return self.line + len(lines) - 1


@dataclass(frozen=True, eq=False)
class Policy:
    """One policy: what it is called, why it decides so, whether it is only observed, its text and where it begins.

    It is equal to none but itself: its whole tree would have to be compared.
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
        """What it asks of a request."""
        return Conditions.of(self.tree)

    @cached_property
    def attributes(self) -> frozenset[str]:
        """What it reads of the context."""
        return context_attributes((self.tree,))

    @cached_property
    def reads_resource(self) -> bool:
        """Whether it matters to it which repository it is."""
        return self.tree.resource != pst.ScopeAny() or pst.Var("resource") in subnodes(self.tree)


def statements(text: str) -> Iterator[Statement]:
    """The statements of a text, in order; the last may lack its end."""
    begin: int | None = None
    for token in _TOKEN.finditer(text):
        if begin is None and not (token["space"] or token["comment"]):
            begin = token.start()
        if token["end"] and begin is not None:
            yield Statement(text[begin : token.end()], 1 + text.count("\n", 0, begin))
            begin = None
    if begin is not None:
        yield Statement(text[begin:].rstrip(), 1 + text.count("\n", 0, begin))


def parse(text: str) -> tuple[Policy, ...]:
    """The policies of a text, in order. Raises ValueError for what is none, for a template, and without @id."""
    return tuple(policy(statement) for statement in statements(text))


def policy(statement: Statement) -> Policy:
    """The policy that a statement is; raises ValueError as `parse` does."""
    found = cedarpy.policies_to_pst(statement.text)
    if found.templates:
        raise ValueError("a template decides nothing: name the principal and the resource")
    if not found.static_policies:
        raise ValueError(_UNFINISHED)
    (tree,) = found.static_policies.values()
    if not tree.annotations.get("id"):
        raise ValueError('has no name: give it an @id("…")')
    return Policy(
        id=tree.annotations["id"],
        reason=tree.annotations.get("reason", ""),
        effect=tree.effect,
        observed=tree.annotations.get("mode") == OBSERVE,
        text=statement.text,
        line=statement.line,
        tree=tree,
    )


def _wrong(text: str) -> str:
    try:
        cedarpy.policies_to_pst(text)
    except ValueError as error:
        return str(error)
    return ""
