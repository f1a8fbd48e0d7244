"""The conditions of a policy as a formula of comparisons. Pure.

A condition that this module cannot express is a comparison of an unknown variable, which may be true or false.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

from mosaic.rails.wildcards import Wildcard

Literal = str | bool
# The name of an attribute such as `context.branch`; for a set, with the element that it may contain; for an
# unknown condition, its number.
Variable = Hashable


@dataclass(frozen=True)
class Comparison:
    """Whether a variable has one of some values, or matches a pattern."""

    variable: Variable
    values: frozenset[Literal] = frozenset()
    pattern: Wildcard | None = None

    def holds(self, value: Literal) -> bool:
        """Returns the result of the comparison for this value."""
        return self.pattern.matches(str(value)) if self.pattern else value in self.values


@dataclass(frozen=True, eq=False)
class Formula:
    """A comparison with its wanted result, or a group of formulas of which all, or any, must be true.

    `size` is the number of comparisons and groups, counted each time that one occurs.
    """

    comparison: Comparison | None = None
    wanted: bool = True
    parts: tuple[Formula, ...] = ()
    size: int = 1

    def truth(self, known: Mapping[Variable, Literal]) -> bool | None:
        """Returns whether the formula is true for the known values, None if the others decide."""
        if self.comparison is not None:
            if self.comparison.variable not in known:
                return None
            return self.comparison.holds(known[self.comparison.variable]) is self.wanted
        result: bool | None = self.wanted
        for part in self.parts:
            truth = part.truth(known)
            if truth is not None and truth is not self.wanted:
                return truth
            result = result if truth is not None else None
        return result


def all_of(parts: Iterable[Formula]) -> Formula:
    """Returns the formula that is true if all parts are."""
    return _group(tuple(parts), wanted=True)


def any_of(parts: Iterable[Formula]) -> Formula:
    """Returns the formula that is true if any part is."""
    return _group(tuple(parts), wanted=False)


def constant(value: bool) -> Formula:
    """Returns the formula that is always true, or never."""
    return Formula(wanted=value)


def compared(comparison: Comparison, wanted: bool) -> Formula:
    """Returns the formula that is true if the comparison has the wanted result."""
    return Formula(comparison, wanted)


def with_value(formula: Formula, variable: Variable, value: bool) -> Formula:
    """Returns the formula for requests in which the variable has this value."""
    comparison = formula.comparison
    if comparison is None:
        return _group(tuple(with_value(part, variable, value) for part in formula.parts), formula.wanted)
    if comparison.variable != variable:
        return formula
    return constant(comparison.holds(value) is formula.wanted)


def _group(parts: tuple[Formula, ...], wanted: bool) -> Formula:
    """A group without the parts that decide nothing: of which all must be true (wanted), or any."""
    flat: list[Formula] = []
    for part in parts:
        is_constant = part.comparison is None and not part.parts
        if is_constant and part.wanted is not wanted:
            return part
        if part.comparison is None and part.wanted is wanted:
            flat.extend(part.parts)
        else:
            flat.append(part)
    if len(flat) == 1:
        return flat[0]
    return Formula(wanted=wanted, parts=tuple(flat), size=1 + sum(part.size for part in flat))
