"""Grants and approvals may only ever help: a policy that turns against them is found here. Pure.

Where no permit asks for the lack of a grant and no forbid for a grant, withdrawing one widens nothing, whatever else
the policies say.
"""

from __future__ import annotations

from collections.abc import Iterator

from cedarpy import pst

from mosaic.rails.comparisons import FLAGS, context_attributes


def flags_used_against(policy: pst.Template) -> Iterator[str]:
    """The flags of the context that would do the contrary of what they are for, or that may."""
    helps = policy.effect == "permit"
    waiting = [(clause.expr, isinstance(clause, pst.When)) for clause in policy.clauses]
    while waiting:
        expr, want = waiting.pop()
        match expr:
            case pst.UnaryOp("not", arg):
                waiting.append((arg, not want))
            case pst.BinaryOp("and" | "or", left, right):
                waiting += [(left, want), (right, want)]
            case pst.BinaryOp("eq", flag, pst.BoolLit(value)):
                waiting.append((flag, want is value))
            case pst.IfThenElse(cond, then, other):
                waiting += [(cond, True), (cond, False), (then, want), (other, want)]
            case pst.GetAttr(pst.Var("context"), attr) if attr in FLAGS:
                yield from () if want is helps else (attr,)
            case pst.HasAttr():
                continue
            case _:
                yield from sorted(FLAGS & context_attributes((expr,)))
