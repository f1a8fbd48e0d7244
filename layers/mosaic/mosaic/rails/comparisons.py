"""Parses the comparisons in a policy's syntax tree. Pure."""

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


def _whole(value: LiteralValue) -> LiteralValue:
    return value


def _workspace_part(value: LiteralValue) -> LiteralValue:
    return str(value).rpartition("/")[0]


def _profile_part(value: LiteralValue) -> LiteralValue:
    return str(value).rpartition("/")[2]


@dataclass(frozen=True)
class Operand:
    """A part of a request that a policy compares: a variable, and a function that extracts part of its value.

    `name` is the readable name, such as `principal.profile`.
    """

    name: str
    variable: str
    part: Callable[[LiteralValue], LiteralValue] = _whole


@dataclass(frozen=True)
class Comparison:
    """A comparison of an operand with a set of values or with a pattern."""

    operand: Operand
    values: frozenset[LiteralValue] = frozenset()
    pattern: re.Pattern[str] | None = None

    def holds(self, value: LiteralValue | None) -> bool | None:
        """Returns the result of the comparison for `value`, None if unknown.

        The value None stands for a value that no policy names.
        """
        if value is None:
            return None if self.pattern else False
        part = self.operand.part(value)
        return bool(self.pattern.fullmatch(str(part))) if self.pattern else part in self.values


def parse_comparison(expr: pst.Expr) -> Comparison | bool | None:
    """Returns the comparison, a bool for a constant result, or None for an unsupported expression."""
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
            operand = operand_of(base)
            return Comparison(operand, pattern=_regex(pattern)) if operand else None
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
    """Returns the operand that the expression denotes, None if it denotes none."""
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
    """Yields the node and all nodes below it."""
    stack: list[Any] = [node]
    while stack:
        value = stack.pop()
        if isinstance(value, tuple):
            stack.extend(value)
        elif isinstance(value, dict):
            stack.extend(value.values())
        elif is_dataclass(value):
            yield value
            stack.extend(getattr(value, field.name) for field in fields(value))


def context_attributes(nodes: tuple[object, ...]) -> frozenset[str]:
    """Returns the context attributes that the trees read; all attributes if a tree uses the whole context."""
    context, attributes, references = pst.Var("context"), list[str](), 0
    for node in subnodes(nodes):
        if isinstance(node, pst.GetAttr) and node.base == context:
            attributes.append(node.attr)
        references += node == context
    return frozenset(attributes if references == len(attributes) else ATTRIBUTES["context"])


def _one_of(left: pst.Expr, rights: tuple[pst.Expr, ...], inside: bool = False) -> Comparison | None:
    operand = operand_of(left)
    literals = [_literal(right) for right in rights]
    if operand is None or any(value is None for value in literals):
        return None
    values = frozenset(value for value in literals if value is not None)
    if inside and operand.variable == "action":
        values = frozenset(name for value in values for name in members(str(value)))
    return Comparison(operand, values)


def _literal(expr: pst.Expr) -> LiteralValue | None:
    match expr:
        case pst.StringLit(value) | pst.BoolLit(value):
            return value
        case pst.EntityLit(pst.EntityUid(_, id)):
            return id
    return None


def _regex(pattern: tuple[pst.PatternElem, ...]) -> re.Pattern[str]:
    parts = (".*" if isinstance(part, pst.Wildcard) else re.escape(part.value) for part in pattern)
    return re.compile("".join(parts), re.DOTALL)
