"""Finds policies that use a grant or an approval to forbid. Pure.

A permit may not require the absence of a grant, a forbid may not require a grant. So withdrawing a grant
never widens an agent's rights.
"""

from __future__ import annotations

from collections.abc import Iterator

from cedarpy import pst

from mosaic.rails.comparisons import FLAGS, context_attributes


def flags_used_against(policy: pst.Template) -> Iterator[str]:
    """Yields the context flags that restrict, or may restrict, an agent."""
    is_permit = policy.effect == "permit"
    stack = [(clause.expr, isinstance(clause, pst.When)) for clause in policy.clauses]
    while stack:
        expr, want = stack.pop()
        match expr:
            case pst.UnaryOp("not", arg):
                stack.append((arg, not want))
            case pst.BinaryOp("and" | "or", left, right):
                stack += [(left, want), (right, want)]
            case pst.BinaryOp("eq", flag, pst.BoolLit(value)):
                stack.append((flag, want is value))
            case pst.IfThenElse(cond, then, other):
                stack += [(cond, True), (cond, False), (then, want), (other, want)]
            case pst.GetAttr(pst.Var("context"), attr) if attr in FLAGS:
                yield from () if want is is_permit else (attr,)
            case pst.HasAttr():
                continue
            case _:
                yield from sorted(FLAGS & context_attributes((expr,)))
