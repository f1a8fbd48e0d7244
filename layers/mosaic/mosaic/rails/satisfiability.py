"""Whether a policy can match at all: its conditions solved over what a request can be. Pure.

What it cannot read it takes for possible, and so it does when a policy is too intricate to be solved in MAX_STEPS:
"no" is certain, "yes" is not.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass

from cedarpy import pst

from mosaic.rails.comparisons import Comparison, LiteralValue, parse_comparison, subnodes

MAX_STEPS = 5000

# What a request can be: the values that a variable can have. One that is not there can have any.
Domains = Mapping[str, frozenset[LiteralValue]]
# None stands for any value that the policy does not name.
_Values = dict[Hashable, frozenset[LiteralValue | None]]
_Goal = tuple[pst.Expr, bool]

_BOTH: frozenset[LiteralValue | None] = frozenset({True, False})


@dataclass(frozen=True)
class Conditions:
    """All that a policy asks of a request, its scope too, and the values that it names of each variable."""

    goals: tuple[_Goal, ...]
    named: _Values

    @classmethod
    def of(cls, policy: pst.Template) -> Conditions:
        """Those of a policy."""
        named: _Values = {}
        for test in comparisons(policy):
            named[test.term.variable] = named.get(test.term.variable, frozenset({None})) | test.named
        # An id and its parts are open together: the parts of an id that is named are values of theirs.
        for id in named.get("resource", ()):
            for variable, part in _parts_of(id):
                named[variable] = named.get(variable, frozenset({None})) | {part}
        return cls(tuple(_goals(policy)), named)


def is_satisfiable(conditions: Conditions, domains: Domains) -> bool:
    """Whether some request of this world satisfies the conditions."""
    known: _Values = {name: frozenset(values) for name, values in domains.items()}
    waiting = [(conditions.goals, {**conditions.named, **known})]
    for _ in range(MAX_STEPS):
        if not waiting:
            return False
        left, values = waiting.pop()
        if not left:
            return True
        waiting.extend(_next(left[0], left[1:], values))
    return True


def comparisons(policy: pst.Template) -> Iterator[Comparison]:
    """Every comparison in a policy that can be read, those of its scope too."""
    for part in subnodes((*_scope(policy), *(clause.expr for clause in policy.clauses))):
        if isinstance(found := parse_comparison(_compared(part)), Comparison):
            yield found


def _compared(expr: pst.Expr) -> pst.Expr:
    """The comparison that lies in an expression of another form."""
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


def _next(
    goal: _Goal, rest: tuple[_Goal, ...], values: _Values
) -> Iterator[tuple[tuple[_Goal, ...], _Values]]:
    """What is left to satisfy once `goal` is: one way or several, or none."""
    expr, want = goal
    match expr:
        case pst.UnaryOp("not", arg):
            yield ((arg, not want), *rest), values
        case pst.BinaryOp("not_eq"):
            yield ((_compared(expr), not want), *rest), values
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
            both = pst.BinaryOp("and", pst.Is(base, kind, None), _compared(expr))
            yield ((both, want), *rest), values
        case _:
            narrowed = _narrowed(expr, want, values)
            if narrowed is not None:
                yield rest, narrowed


def _narrowed(expr: pst.Expr, want: bool, values: _Values) -> _Values | None:
    """What is still possible once a comparison came out as wanted; None if it cannot."""
    found = parse_comparison(expr)
    if isinstance(found, bool):
        return values if found is want else None
    if want not in values.get(expr, _BOTH):
        return None
    after: _Values = {**values, expr: frozenset({want})}
    if found is None:
        return _filled(expr, after) if want else after
    variable = found.term.variable
    after[variable] = frozenset(each for each in values[variable] if found.holds(each) in (want, None))
    if variable == "resource" and len(after[variable]) == 1:
        (id,) = after[variable]
        for name, part in _parts_of(id):
            after[name] = values.get(name, frozenset({part})) & {part}
            if not after[name]:
                return None
    return after if after[variable] else None


def _filled(expr: pst.Expr, values: _Values) -> _Values | None:
    """What holds something is not empty."""
    match expr:
        case pst.BinaryOp("contains" | "contains_any", left, _):
            return _narrowed(pst.UnaryOp("is_empty", left), False, values)
    return values


def _parts_of(id: LiteralValue | None) -> tuple[tuple[str, str], ...]:
    if id is None:
        return ()
    owner, _, name = str(id).partition("/")
    return (("resource.owner", owner), ("resource.name", name))
