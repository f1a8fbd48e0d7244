"""Decides whether some request makes formulas true. Pure.

A condition that no formula expresses counts as satisfiable. So False is certain, True is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mosaic.rails.attribute_domains import SETS, Domains, FiniteDomain, TextDomain
from mosaic.rails.conditions import Comparison, Formula, Literal, Variable
from mosaic.rails.wildcards import Wildcard, matches_all
from mosaic.rails.work_limit import WorkLimit

_TRUE: frozenset[Literal] = frozenset({True})
_BOTH: frozenset[Literal] = frozenset({True, False})
_NO_REPOSITORY: frozenset[Literal] = frozenset({""})
_REPOSITORY_PARTS = ("resource.owner", "resource.name")
_PATHS = "context.paths"


@dataclass(frozen=True)
class _Texts:
    """The texts that match all required patterns and no excluded one."""

    required: frozenset[Wildcard] = frozenset()
    excluded: frozenset[Wildcard] = frozenset()

    def admits(self, text: str) -> bool:
        return matches_all(text, self.required, self.excluded)


# The values that each variable can still have.
_Values = Mapping[Variable, frozenset[Literal] | _Texts]


@dataclass(frozen=True)
class _Branch:
    """One way to make the formulas true: what is left to do, and the values that are left."""

    goals: tuple[Formula, ...]
    choices: tuple[Formula, ...]
    values: _Values


def is_satisfiable(formulas: Iterable[Formula], domains: Domains, limit: WorkLimit) -> bool:
    """Returns whether some request within these domains makes all formulas true.

    Raises WorkLimitExceeded.
    """
    solver, goals = _Solver(domains, limit), tuple(formulas)
    # A job has no repository, or one with an owner and a name.
    without: _Values = dict.fromkeys(_REPOSITORY_PARTS, _NO_REPOSITORY)
    named: _Values = dict.fromkeys(_REPOSITORY_PARTS, _Texts(excluded=frozenset({Wildcard(("",))})))
    return solver.solve(goals, named) or solver.solve(goals, without)


class _Solver:
    def __init__(self, domains: Domains, limit: WorkLimit) -> None:
        self._domains = domains
        self._limit = limit

    def solve(self, goals: tuple[Formula, ...], values: _Values) -> bool:
        """Returns whether values from these make the goals true. Tries the branches depth first."""
        branches = [_Branch(goals, (), values)]
        while branches:
            self._limit.count()
            branch = self._without_goals(branches.pop())
            if branch is None:
                continue
            choices = self._open_choices(branch)
            if choices is None:
                continue
            if not choices:
                if self._has_texts(branch.values):
                    return True
                continue
            first, *others = choices
            rest = tuple(others)
            branches.extend(
                _Branch((part,), rest, branch.values)
                for part in reversed(first.parts)
                if self._truth(part, branch.values) is not False
            )
        return False

    def _without_goals(self, branch: _Branch) -> _Branch | None:
        """The branch after its goals are reached, with their choices; None if they cannot be reached."""
        goals, choices, values = list(reversed(branch.goals)), list(branch.choices), branch.values
        while goals:
            self._limit.count()
            goal = goals.pop()
            if goal.comparison is not None:
                narrowed = self._narrowed(values, goal.comparison, goal.wanted)
                if narrowed is None:
                    return None
                values = narrowed
            elif goal.wanted:
                goals.extend(goal.parts)
            else:
                choices.append(goal)
        return _Branch((), tuple(choices), values)

    def _open_choices(self, branch: _Branch) -> list[Formula] | None:
        """The choices that the values do not decide yet; None if one of them cannot be true."""
        truths = [(choice, self._truth(choice, branch.values)) for choice in branch.choices]
        if any(truth is False for _, truth in truths):
            return None
        return [choice for choice, truth in truths if truth is None]

    def _truth(self, formula: Formula, values: _Values) -> bool | None:
        self._limit.count()
        if formula.comparison is not None:
            holds = self._holds(formula.comparison, values)
            return None if holds is None else holds is formula.wanted
        result: bool | None = formula.wanted
        for part in formula.parts:
            truth = self._truth(part, values)
            if truth is not None and truth is not formula.wanted:
                return truth
            result = result if truth is not None else None
        return result

    def _holds(self, comparison: Comparison, values: _Values) -> bool | None:
        """The result of the comparison for all values that are left, None if it is not the same for all."""
        left = self._left(comparison.variable, values)
        if isinstance(left, frozenset):
            self._limit.count(len(left))
            results = {comparison.holds(value) for value in left}
            return results.pop() if len(results) == 1 else None
        patterns = _patterns(comparison)
        if comparison.pattern and comparison.pattern in left.required:
            return True
        return False if patterns <= left.excluded else None

    def _left(self, variable: Variable, values: _Values) -> frozenset[Literal] | _Texts:
        left = values.get(variable)
        if left is not None:
            return left
        domain = self._domains.get(variable) if isinstance(variable, str) else None
        if isinstance(domain, TextDomain):
            return _Texts()
        return domain.values if isinstance(domain, FiniteDomain) else _BOTH

    def _narrowed(self, values: _Values, comparison: Comparison, wanted: bool) -> _Values | None:
        """The values for which the comparison has the wanted result, None if there are none."""
        left, variable = self._left(comparison.variable, values), comparison.variable
        if isinstance(left, frozenset):
            self._limit.count(len(left))
            found: frozenset[Literal] | _Texts = frozenset(
                value for value in left if comparison.holds(value) is wanted
            )
        elif comparison.pattern is None and wanted:
            found = frozenset(value for value in comparison.values if self._admits(variable, left, value))
        elif wanted:
            found = _Texts(left.required | _patterns(comparison), left.excluded)
        else:
            found = _Texts(left.required, left.excluded | _patterns(comparison))
        if not found:
            return None
        narrowed = {**values, variable: found}
        return self._with_consequences(narrowed, variable) if found == _TRUE else narrowed

    def _admits(self, variable: Variable, left: _Texts, value: Literal) -> bool:
        self._limit.count(1 + len(left.required) + len(left.excluded))
        domain = self._domains.get(str(variable))
        return domain is not None and domain.admits(value) and left.admits(str(value))

    def _with_consequences(self, values: _Values, variable: Variable) -> _Values | None:
        """A set that contains a path is not empty, and contains the folders above the path."""
        result: _Values | None = values
        for implied, wanted in _consequences(variable):
            if result is not None:
                result = self._narrowed(result, Comparison(implied, frozenset({True})), wanted)
        return result

    def _has_texts(self, values: _Values) -> bool:
        """Returns whether each variable with patterns has a text that satisfies them."""
        return all(
            domain.find(left.required, left.excluded, self._limit) is not None
            for variable, left in values.items()
            if isinstance(left, _Texts) and isinstance(domain := self._domains.get(str(variable)), TextDomain)
        )


def _patterns(comparison: Comparison) -> frozenset[Wildcard]:
    if comparison.pattern is not None:
        return frozenset({comparison.pattern})
    return frozenset(Wildcard((str(value),)) for value in comparison.values)


def _consequences(variable: Variable) -> Iterator[tuple[Variable, bool]]:
    if not isinstance(variable, tuple) or variable[0] not in SETS or variable[1] is None:
        return
    attribute, element = variable
    yield (attribute, None), False
    folder = element.rstrip("/").rpartition("/")[0]
    if attribute == _PATHS and folder:
        yield (attribute, f"{folder}/"), True
