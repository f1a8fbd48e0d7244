"""Reads the conditions of a policy's syntax tree as a formula. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from typing import Any

from cedarpy import pst

from mosaic.rails.conditions import (
    Comparison,
    Formula,
    Literal,
    Variable,
    all_of,
    any_of,
    compared,
    constant,
)
from mosaic.rails.schema import ACTION, ATTRIBUTES, PROFILE, REPOSITORY, members
from mosaic.rails.wildcards import Wildcard

_TYPES = {"principal": PROFILE, "action": ACTION, "resource": REPOSITORY}
FLAGS = frozenset(name for name, shape in ATTRIBUTES["context"].items() if shape["type"] == "Boolean")


@dataclass(frozen=True)
class Named:
    """A value or a pattern that a policy compares an attribute with."""

    attribute: str
    value: Literal | Wildcard


class Conditions:
    """The conditions of a policy, including its scope.

    `holds` is true for the requests that the policy matches, and `fails` for the others. `named` are the
    values that it compares attributes with. `flags` are the context's flags that it reads, and
    `unclear_flags` those in conditions that no formula expresses.
    """

    def __init__(self, policy: pst.Template) -> None:
        reader = _Reader()
        self.holds = reader.all_of(policy, wanted=True)
        self.fails = reader.all_of(policy, wanted=False)
        self.named = tuple(dict.fromkeys(reader.named))
        self.flags = FLAGS & context_attributes((policy,))
        self.unclear_flags = FLAGS & context_attributes(tuple(reader.unknown))

    @cached_property
    def size(self) -> int:
        """The number of comparisons and groups in both formulas."""
        return self.holds.size + self.fails.size


class _Reader:
    """Reads expressions, and collects the values that they name and the conditions that it cannot express."""

    def __init__(self) -> None:
        self.named: list[Named] = []
        self.unknown: dict[pst.Expr, int] = {}
        # With the expression, whose identity must not be used again for another.
        self._formulas: dict[tuple[int, bool], tuple[pst.Expr, Formula]] = {}

    def all_of(self, policy: pst.Template, wanted: bool) -> Formula:
        """Returns whether scope and clauses have the wanted result."""
        parts = [self.read(expr, wanted) for expr in _scope(policy)]
        for clause in policy.clauses:
            parts.append(self.read(clause.expr, wanted is isinstance(clause, pst.When)))
        return all_of(parts) if wanted else any_of(parts)

    def read(self, expr: pst.Expr, wanted: bool) -> Formula:
        """Returns the formula that is true if the expression has the wanted result."""
        key = id(expr), wanted
        if key not in self._formulas:
            self._formulas[key] = expr, self._formula(expr, wanted)
        return self._formulas[key][1]

    def _formula(self, expr: pst.Expr, wanted: bool) -> Formula:
        match expr:
            case pst.UnaryOp("not", arg):
                return self.read(arg, not wanted)
            case pst.BinaryOp(("and" | "or") as op, left, right):
                parts = (self.read(left, wanted), self.read(right, wanted))
                return all_of(parts) if wanted is (op == "and") else any_of(parts)
            case pst.BinaryOp("not_eq", left, right):
                return self._equal(expr, left, right, not wanted)
            case pst.BinaryOp("eq", left, right):
                return self._equal(expr, left, right, wanted)
            case pst.IfThenElse(cond, then, other):
                chosen = all_of((self.read(cond, True), self.read(then, wanted)))
                return any_of((chosen, all_of((self.read(cond, False), self.read(other, wanted)))))
            case pst.Is(pst.Var(name), kind, inner):
                is_kind = constant((str(kind) == _TYPES.get(name)) is wanted)
                within = () if inner is None else (self._among(expr, pst.Var(name), (inner,), wanted, True),)
                return all_of((is_kind, *within)) if wanted else any_of((is_kind, *within))
            case pst.BinaryOp("in", left, right):
                elements = right.elements if isinstance(right, pst.Set) else (right,)
                return self._among(expr, left, elements, wanted, inside=True)
        return self._simple(expr, wanted)

    def _simple(self, expr: pst.Expr, wanted: bool) -> Formula:
        match expr:
            case pst.BoolLit(value):
                return constant(value is wanted)
            case pst.HasAttr(pst.Var(name), attrs) if name in ATTRIBUTES:
                return constant((len(attrs) == 1 and attrs[0] in ATTRIBUTES[name]) is wanted)
            case pst.GetAttr(pst.Var("context"), attr) if attr in FLAGS:
                return compared(Comparison(f"context.{attr}", frozenset({True})), wanted)
            case pst.Like(base, pattern):
                return self._like(expr, base, Wildcard.of(pattern), wanted)
            case pst.UnaryOp("is_empty", base) if attribute := set_attribute(base):
                return compared(Comparison((attribute, None), frozenset({True})), wanted)
            case pst.BinaryOp(op, left, right):
                return self._containment(expr, op, left, right, wanted)
        return self._unknown(expr, wanted)

    def _containment(
        self, expr: pst.Expr, op: pst.BinaryOpName, left: pst.Expr, right: pst.Expr, wanted: bool
    ) -> Formula:
        match op, left, right:
            case "contains", pst.Set(elements), _:
                return self._among(expr, right, elements, wanted)
            case "contains", _, _ if attribute := set_attribute(left):
                return self._contains(expr, attribute, (right,), wanted, every=True)
            case (("contains_all" | "contains_any"), _, pst.Set(elements)) if attribute := set_attribute(
                left
            ):
                return self._contains(expr, attribute, elements, wanted, every=op == "contains_all")
            case "contains_any", pst.Set(elements), _ if attribute := set_attribute(right):
                return self._contains(expr, attribute, elements, wanted, every=False)
            case "contains_all", pst.Set(elements), _ if attribute := set_attribute(right):
                self._name(attribute, elements)
        return self._unknown(expr, wanted)

    def _equal(self, expr: pst.Expr, left: pst.Expr, right: pst.Expr, wanted: bool) -> Formula:
        if left == right:
            return constant(wanted)
        if isinstance(left, pst.StringLit) and isinstance(right, pst.StringLit):
            return constant((left.value == right.value) is wanted)
        if _is_boolean(left) and _is_boolean(right):
            both = all_of((self.read(left, True), self.read(right, wanted)))
            return any_of((both, all_of((self.read(left, False), self.read(right, not wanted)))))
        for one, other in ((left, right), (right, left)):
            attribute = set_attribute(one)
            if attribute and isinstance(other, pst.Set):
                return self._equal_set(expr, attribute, other.elements, wanted)
            if (_attribute(one) or isinstance(one, pst.Var)) and _literal(other) is not None:
                return self._among(expr, one, (other,), wanted)
        return self._unknown(expr, wanted)

    def _equal_set(
        self, expr: pst.Expr, attribute: str, elements: Sequence[pst.Expr], wanted: bool
    ) -> Formula:
        if not elements:
            return compared(Comparison((attribute, None), frozenset({True})), wanted)
        contains = self._contains(expr, attribute, elements, True, every=True)
        other = self._unknown(expr, wanted)
        return all_of((contains, other)) if wanted else other

    def _like(self, expr: pst.Expr, base: pst.Expr, pattern: Wildcard, wanted: bool) -> Formula:
        if isinstance(base, pst.StringLit):
            return constant(pattern.matches(base.value) is wanted)
        attribute = _attribute(base)
        if attribute is None:
            return self._unknown(expr, wanted)
        self.named.append(Named(attribute, pattern))
        return compared(Comparison(attribute, pattern=pattern), wanted)

    def _among(
        self, expr: pst.Expr, base: pst.Expr, elements: Sequence[pst.Expr], wanted: bool, inside: bool = False
    ) -> Formula:
        """Whether an attribute or an entity is one of the elements, or with `inside` belongs to one."""
        values = [_literal(element) for element in elements]
        if any(value is None for value in values):
            return self._unknown(expr, wanted)
        known = [value for value in values if value is not None]
        if isinstance(base, pst.StringLit):
            return constant((_literal(base) in known) is wanted)
        if isinstance(base, pst.Var) and base.name in ("principal", "resource"):
            self.named.extend(Named(base.name, value) for value in known)
            parts = [_entity(base.name, str(value), wanted) for value in known]
            return any_of(parts) if wanted else all_of(parts)
        attribute = "action" if base == pst.Var("action") else _attribute(base)
        if attribute is None:
            return self._unknown(expr, wanted)
        if inside and attribute == "action":
            known = [name for value in known for name in sorted(members(str(value)))]
        self.named.extend(Named(attribute, value) for value in known)
        return compared(Comparison(attribute, frozenset(known)), wanted)

    def _contains(
        self, expr: pst.Expr, attribute: str, elements: Sequence[pst.Expr], wanted: bool, every: bool
    ) -> Formula:
        self._name(attribute, elements)
        values = [element.value for element in elements if isinstance(element, pst.StringLit)]
        if len(values) < len(elements):
            return self._unknown(expr, wanted)
        parts = [compared(Comparison((attribute, value), frozenset({True})), wanted) for value in values]
        return all_of(parts) if wanted is every else any_of(parts)

    def _name(self, attribute: str, elements: Sequence[pst.Expr]) -> None:
        self.named.extend(
            Named(attribute, element.value) for element in elements if isinstance(element, pst.StringLit)
        )

    def _unknown(self, expr: pst.Expr, wanted: bool) -> Formula:
        if isinstance(expr, pst.BinaryOp) and expr.op == "not_eq":
            expr = pst.BinaryOp("eq", expr.left, expr.right)
        number = self.unknown.setdefault(expr, len(self.unknown))
        return compared(Comparison(number, frozenset({True})), wanted)


def set_attribute(expr: pst.Expr) -> str | None:
    """Returns the name of the set that the expression is, None if it is none."""
    match expr:
        case pst.GetAttr(pst.Var("context"), attr) if (
            ATTRIBUTES["context"].get(attr, {}).get("type") == "Set"
        ):
            return f"context.{attr}"
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


def _scope(policy: pst.Template) -> Iterator[pst.Expr]:
    yield from _constraint(pst.Var("principal"), policy.principal)
    yield from _constraint(pst.Var("action"), policy.action)
    yield from _constraint(pst.Var("resource"), policy.resource)


def _constraint(var: pst.Var, constraint: object) -> Iterator[pst.Expr]:
    match constraint:
        case pst.ScopeEq(pst.EntityUid() as entity) | pst.ActionEq(entity):
            yield pst.BinaryOp("eq", var, pst.EntityLit(entity))
        case pst.ScopeIn(pst.EntityUid() as entity):
            yield pst.BinaryOp("in", var, pst.EntityLit(entity))
        case pst.ActionIn(entities):
            yield pst.BinaryOp("in", var, pst.Set(tuple(map(pst.EntityLit, entities))))
        case pst.ScopeIs(kind):
            yield pst.Is(var, kind, None)
        case pst.ScopeIsIn(kind, pst.EntityUid() as entity):
            yield pst.Is(var, kind, pst.EntityLit(entity))


def _attribute(expr: pst.Expr) -> str | None:
    """The name of the String attribute that the expression is."""
    match expr:
        case pst.GetAttr(pst.Var(name), attr) if (
            ATTRIBUTES.get(name, {}).get(attr, {}).get("type") == "String"
        ):
            return f"{name}.{attr}"
    return None


def _entity(name: str, id: str, wanted: bool) -> Formula:
    """Whether the principal or the resource has this id, by its parts."""
    if name == "principal":
        workspace, _, profile = id.rpartition("/")
        values: dict[Variable, Literal] = {"principal.workspace": workspace, "principal.profile": profile}
    else:
        owner, _, repository = id.partition("/")
        values = {"resource.owner": owner, "resource.name": repository}
    parts = [compared(Comparison(part, frozenset({value})), wanted) for part, value in values.items()]
    return all_of(parts) if wanted else any_of(parts)


def _is_boolean(expr: pst.Expr) -> bool:
    match expr:
        case pst.BoolLit() | pst.HasAttr() | pst.Like() | pst.Is():
            return True
        case pst.GetAttr(pst.Var("context"), attr):
            return attr in FLAGS
        case pst.UnaryOp(op) | pst.BinaryOp(op):
            return op in _BOOLEAN_OPERATORS
        case pst.IfThenElse(_, then, other):
            return _is_boolean(then) and _is_boolean(other)
    return False


_BOOLEAN_OPERATORS = frozenset(
    {"not", "is_empty", "eq", "not_eq", "and", "or", "in", "contains", "contains_all", "contains_any"}
)


def _literal(expr: pst.Expr) -> Literal | None:
    match expr:
        case pst.StringLit(value):
            return value
        case pst.EntityLit(pst.EntityUid(_, id)):
            return id
    return None
