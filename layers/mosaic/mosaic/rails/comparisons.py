"""What one comparison in a policy says of the request, read from the policy's tree. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from cedarpy import pst

from mosaic.rails.schema import ACTION, ATTRIBUTES, PROFILE, REPOSITORY, members

LiteralValue = str | bool
_TYPES = {"principal": PROFILE, "action": ACTION, "resource": REPOSITORY}
FLAGS = frozenset(name for name, shape in ATTRIBUTES["context"].items() if shape["type"] == "Boolean")


def _same(value: LiteralValue) -> LiteralValue:
    return value


def _workspace_part(value: LiteralValue) -> LiteralValue:
    return str(value).rpartition("/")[0]


def _profile_part(value: LiteralValue) -> LiteralValue:
    return str(value).rpartition("/")[2]


@dataclass(frozen=True)
class Operand:
    """Something of a request that a policy compares: a variable, and the part of its value that is meant.

    `name` is what people call it, such as `principal.profile`.
    """

    name: str
    variable: str
    part: Callable[[LiteralValue], LiteralValue] = _same


@dataclass(frozen=True)
class Comparison:
    """A comparison of a term: it holds for the values `named`, or for those that a pattern fits."""

    term: Operand
    named: frozenset[LiteralValue] = frozenset()
    pattern: re.Pattern[str] | None = None

    def holds(self, value: LiteralValue | None) -> bool | None:
        """Whether it holds for a value; None where that cannot be told, for a value that no policy names."""
        if value is None:
            return None if self.pattern else False
        part = self.term.part(value)
        return bool(self.pattern.fullmatch(str(part))) if self.pattern else part in self.named


def parse_comparison(expr: pst.Expr) -> Comparison | bool | None:
    """What a comparison says: a test, or always the same, or None where it is none that we can read."""
    match expr:
        case pst.BoolLit(value):
            return value
        case pst.HasAttr(pst.Var(name), attrs) if name in ATTRIBUTES:
            return len(attrs) == 1 and attrs[0] in ATTRIBUTES[name]
        case pst.Is(pst.Var(name), entity_type, None):
            return str(entity_type) == _TYPES.get(name)
        case pst.GetAttr(pst.Var("context"), attr) if attr in FLAGS:
            return _one_of(expr, (pst.BoolLit(True),))
        case pst.Like(base, pattern):
            term = operand_of(base)
            return Comparison(term, pattern=_regex(pattern)) if term else None
    return _membership(expr)


def _membership(expr: pst.Expr) -> Comparison | bool | None:
    match expr:
        case pst.BinaryOp("eq", left, right) if left == right:
            return True
        case pst.BinaryOp("eq", pst.StringLit(left), pst.StringLit(right)):
            return left == right
        case pst.BinaryOp("eq", left, right):
            return _one_of(left, (right,)) or _one_of(right, (left,))
        case pst.BinaryOp("in", left, right):
            return _one_of(left, right.elements if isinstance(right, pst.Set) else (right,), inside=True)
        case pst.BinaryOp("contains", pst.Set(elements), right):
            return _one_of(right, elements)
    return None


def operand_of(expr: pst.Expr) -> Operand | None:
    """The term that an expression is, None if it is none."""
    match expr:
        case pst.Var(name) if name in _TYPES:
            return Operand(name, name)
        case pst.GetAttr(pst.Var("principal"), "profile"):
            return Operand("principal.profile", "principal", _profile_part)
        case pst.GetAttr(pst.Var("principal"), "workspace"):
            return Operand("principal.workspace", "principal", _workspace_part)
        case pst.GetAttr(pst.Var(name), attr) if ATTRIBUTES.get(name, {}).get(attr, {}).get("type") != "Set":
            return Operand(f"{name}.{attr}", f"{name}.{attr}")
    return None


def subnodes(node: object) -> Iterator[Any]:
    """Every node in a tree, this one too."""
    waiting: list[Any] = [node]
    while waiting:
        value = waiting.pop()
        if isinstance(value, tuple):
            waiting.extend(value)
        elif isinstance(value, dict):
            waiting.extend(value.values())
        elif is_dataclass(value):
            yield value
            waiting.extend(getattr(value, each.name) for each in fields(value))


def context_attributes(nodes: tuple[object, ...]) -> frozenset[str]:
    """The attributes of the context that trees read; all of them where it is used as a whole."""
    context, named, uses = pst.Var("context"), list[str](), 0
    for node in subnodes(nodes):
        if isinstance(node, pst.GetAttr) and node.base == context:
            named.append(node.attr)
        uses += node == context
    return frozenset(named if uses == len(named) else ATTRIBUTES["context"])


def _one_of(left: pst.Expr, rights: tuple[pst.Expr, ...], inside: bool = False) -> Comparison | None:
    term = operand_of(left)
    values = [_literal(right) for right in rights]
    if term is None or any(value is None for value in values):
        return None
    named = frozenset(value for value in values if value is not None)
    if inside and term.variable == "action":
        named = frozenset(name for value in named for name in members(str(value)))
    return Comparison(term, named)


def _literal(expr: pst.Expr) -> LiteralValue | None:
    match expr:
        case pst.StringLit(value) | pst.BoolLit(value):
            return value
        case pst.EntityLit(pst.EntityUid(_, id)):
            return id
    return None


def _regex(pattern: tuple[pst.PatternElem, ...]) -> re.Pattern[str]:
    pieces = (".*" if isinstance(each, pst.Wildcard) else re.escape(each.value) for each in pattern)
    return re.compile("".join(pieces), re.DOTALL)
