"""Decides whether a policy can match any request, by solving its conditions. Pure.

An unsupported expression counts as satisfiable, and so does a policy that needs more than MAX_STEPS. So False
is certain, True is not.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass

from cedarpy import pst

from mosaic.rails.comparisons import Comparison, LiteralValue, parse_comparison, subnodes

MAX_STEPS = 5000

# The possible values of each variable. A variable without an entry may have any value.
Domains = Mapping[str, frozenset[LiteralValue]]
# None stands for all values that the policy does not name.
_Values = dict[Hashable, frozenset[LiteralValue | None]]
_Goal = tuple[pst.Expr, bool]

_BOTH: frozenset[LiteralValue | None] = frozenset({True, False})


@dataclass(frozen=True)
class Conditions:
    """The conditions of a policy, including its scope, and the values that it names for each variable."""

    goals: tuple[_Goal, ...]
    named: _Values

    @classmethod
    def of(cls, policy: pst.Template) -> Conditions:
        """Returns the conditions of a policy."""
        named: _Values = {}
        for comparison in comparisons(policy):
            variable = comparison.operand.variable
            named[variable] = named.get(variable, frozenset({None})) | comparison.values
        # A named repository id also names its owner and its name as values.
        for id in named.get("resource", ()):
            for variable, part in _parts_of(id):
                named[variable] = named.get(variable, frozenset({None})) | {part}
        return cls(tuple(_goals(policy)), named)


def is_satisfiable(conditions: Conditions, domains: Domains) -> bool:
    """Returns whether some request within these domains satisfies the conditions."""
    given: _Values = {name: frozenset(values) for name, values in domains.items()}
    branches = [(conditions.goals, {**conditions.named, **given})]
    for _ in range(MAX_STEPS):
        if not branches:
            return False
        goals, values = branches.pop()
        if not goals:
            return True
        branches.extend(_branches(goals[0], goals[1:], values))
    return True


def comparisons(policy: pst.Template) -> Iterator[Comparison]:
    """Yields every supported comparison in a policy, including its scope."""
    for node in subnodes((*_scope(policy), *(clause.expr for clause in policy.clauses))):
        if isinstance(comparison := parse_comparison(_comparison(node)), Comparison):
            yield comparison


def _comparison(expr: pst.Expr) -> pst.Expr:
    """The comparison inside `!=` and `is … in` expressions."""
    match expr:
        case pst.BinaryOp("not_eq", left, right):
            return pst.BinaryOp("eq", left, right)
        case pst.Is(base, _, inner) if inner is not None:
            return pst.BinaryOp("in", base, inner)
    return expr


def _goals(policy: pst.Template) -> Iterator[_Goal]:
    yield from ((expr, True) for expr in _scope(policy))
    yield from ((clause.expr, isinstance(clause, pst.When)) for clause in policy.clauses)


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


def _branches(
    goal: _Goal, rest: tuple[_Goal, ...], values: _Values
) -> Iterator[tuple[tuple[_Goal, ...], _Values]]:
    """Yields the remaining goals and values for each way to satisfy `goal`."""
    expr, want = goal
    match expr:
        case pst.UnaryOp("not", arg):
            yield ((arg, not want), *rest), values
        case pst.BinaryOp("not_eq"):
            yield ((_comparison(expr), not want), *rest), values
        case pst.BinaryOp(("and" | "or") as op, left, right):
            if want is (op == "and"):
                yield ((left, want), (right, want), *rest), values
            else:
                yield ((left, not want), (right, want), *rest), values
                yield ((left, want), *rest), values
        case pst.IfThenElse(cond, then, other):
            yield ((cond, False), (other, want), *rest), values
            yield ((cond, True), (then, want), *rest), values
        case pst.Is(base, kind, inner) if inner is not None:
            both = pst.BinaryOp("and", pst.Is(base, kind, None), _comparison(expr))
            yield ((both, want), *rest), values
        case _:
            narrowed = _narrowed(expr, want, values)
            if narrowed is not None:
                yield rest, narrowed


def _narrowed(expr: pst.Expr, want: bool, values: _Values) -> _Values | None:
    """The values left after the comparison has the wanted result, None if it cannot have it."""
    comparison = parse_comparison(expr)
    if isinstance(comparison, bool):
        return values if comparison is want else None
    if want not in values.get(expr, _BOTH):
        return None
    narrowed: _Values = {**values, expr: frozenset({want})}
    if comparison is None:
        return _require_not_empty(expr, narrowed) if want else narrowed
    variable = comparison.operand.variable
    narrowed[variable] = frozenset(
        value for value in values[variable] if comparison.holds(value) in (want, None)
    )
    if variable == "resource" and len(narrowed[variable]) == 1:
        (id,) = narrowed[variable]
        for name, part in _parts_of(id):
            narrowed[name] = values.get(name, frozenset({part})) & {part}
            if not narrowed[name]:
                return None
    return narrowed if narrowed[variable] else None


def _require_not_empty(expr: pst.Expr, values: _Values) -> _Values | None:
    """A set that contains a value is not empty."""
    match expr:
        case pst.BinaryOp("contains" | "contains_any", left, _):
            return _narrowed(pst.UnaryOp("is_empty", left), False, values)
    return values


def _parts_of(id: LiteralValue | None) -> tuple[tuple[str, str], ...]:
    if id is None:
        return ()
    owner, _, name = str(id).partition("/")
    return (("resource.owner", owner), ("resource.name", name))
