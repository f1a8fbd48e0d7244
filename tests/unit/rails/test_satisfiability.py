"""The solver finds a matching request exactly if one exists, compared with trying requests one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mosaic.rails import schema
from mosaic.rails.attribute_domains import domains_of
from mosaic.rails.capabilities import CAPABILITIES, PROFILES
from mosaic.rails.conditions import Formula, Literal, Variable
from mosaic.rails.policy_source import parse
from mosaic.rails.satisfiability import is_satisfiable
from mosaic.rails.work_limit import WorkLimit
from tests.fakes.policies import JOB_TYPES, WORKSPACE, policy_sets

# For each attribute, a value for each combination of the comparisons that the strategies draw.
VALUES: Mapping[str, tuple[Literal, ...]] = {
    "principal.workspace": (WORKSPACE,),
    "principal.profile": tuple(PROFILES),
    "action": tuple(CAPABILITIES),
    "resource.workspace": (WORKSPACE,),
    "context.jobType": JOB_TYPES,
    "context.source": schema.SOURCES,
    "context.role": schema.ROLES,
    "context.issueAuthorRole": schema.ROLES,
    "context.branch": ("main", "mosaic/01", "release/2", "ma2", "mosaic/2", "other", "max", "x2"),
    "context.actor": ("github:ada", "github:bob", "token:ada", "token:x", "oidc:banana", "github:maria"),
    "context.granted": (True, False),
    "context.approved": (True, False),
}
OWNERS = ("acme", "other", "ops", "ot-r", "m-e", "ot-m-e", "z")
NAMES = ("shop", "lamp", "a-o", "l-o", "sha-p", "l-a-p", "l-o-a-p", "z", "sh-o-p", "lo", "a-p", "a-o-p")
PATHS = ("infra/prod/main.tf", "src/app.py", "infra/", "src/", "other")
LABELS = ("urgent", "safe", "other")
MOST = 20_000


def variables(formula: Formula) -> set[Variable]:
    if formula.comparison is not None:
        return {formula.comparison.variable}
    return set().union(*(variables(part) for part in formula.parts))


def with_folders(paths: tuple[str, ...]) -> set[str]:
    return {*paths, *(path[: n + 1] for path in paths for n, char in enumerate(path) if char == "/")}


def subsets(values: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for chosen in product((True, False), repeat=len(values)):
        yield tuple(value for value, is_in in zip(values, chosen, strict=True) if is_in)


def contents(attribute: str, elements: set[str], named: set[Variable]) -> dict[Variable, Literal]:
    """The values of the variables about this set."""
    known: dict[Variable, Literal] = {(attribute, None): not elements}
    for variable in named:
        if isinstance(variable, tuple) and variable[0] == attribute and variable[1] is not None:
            known[variable] = variable[1] in elements
    return known


def choices(named: set[Variable]) -> list[list[dict[Variable, Literal]]]:
    """For each attribute that is named, its values."""
    found: list[list[dict[Variable, Literal]]] = [
        [{name: value} for value in values] for name, values in VALUES.items() if name in named
    ]
    if named & {"resource.owner", "resource.name"}:
        pairs = [("", ""), *product(OWNERS, NAMES)]
        found.append([{"resource.owner": owner, "resource.name": name} for owner, name in pairs])
    sets = {one[0] for one in named if isinstance(one, tuple)}
    if "context.paths" in sets:
        found.append([contents("context.paths", with_folders(some), named) for some in subsets(PATHS)])
    if "context.labels" in sets:
        found.append([contents("context.labels", set(some), named) for some in subsets(LABELS)])
    return found


@settings(deadline=None, max_examples=200)
@given(policy_sets(modes=("",)), st.booleans())
def test_solver_agrees_with_trying_all_requests(policies: tuple[str, ...], matching: bool) -> None:
    for policy in parse("".join(policies[:1])):
        formula = policy.conditions.holds if matching else policy.conditions.fails
        options = choices(variables(formula))
        size = 1
        for option in options:
            size *= len(option)
        assume(size <= MOST)
        merged = (
            {name: value for part in parts for name, value in part.items()} for parts in product(*options)
        )
        expected = any(formula.truth(known) for known in merged)
        found = is_satisfiable((formula,), domains_of(WORKSPACE, JOB_TYPES), WorkLimit(100_000))
        assert found == expected
