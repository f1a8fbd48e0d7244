"""Which resource of a CloudFormation template depends on which, and whether that goes in a circle."""

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import product
from typing import Any

from local.cloud.references import references

Json = dict[str, Any]
Graph = dict[str, set[str]]


def outcomes(template: Json) -> Iterator[dict[str, bool]]:
    """Yields every combination of outcomes of the template's conditions; one empty combination without
    conditions.
    """
    conditions = template.get("Conditions", {})
    for truths in product((True, False), repeat=len(conditions)):
        yield dict(zip(conditions, truths, strict=True))


def dependencies(template: Json, outcome: Mapping[str, bool]) -> Graph:
    """Returns what each resource refers to, for one outcome of the conditions.

    Resources whose condition is false are left out. References to them stay, so that a test can find them.
    Parameters and pseudo parameters are no dependencies.
    """
    declared: Json = template["Resources"]
    return {
        name: set(references(_chosen(resource, outcome))) & set(declared)
        for name, resource in declared.items()
        if outcome.get(resource.get("Condition"), True)
    }


def circle(graph: Graph) -> list[str]:
    """Returns resources that depend on each other, the first again at the end; empty where there are none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def _chosen(value: Any, outcome: Mapping[str, bool]) -> Any:
    """Returns the value with each Fn::If replaced by the branch that applies."""
    match value:
        case {"Fn::If": [str(condition), if_true, if_false]}:
            return _chosen(if_true if outcome[condition] else if_false, outcome)
        case dict():
            return {key: _chosen(inner, outcome) for key, inner in value.items()}
        case list():
            return [_chosen(element, outcome) for element in value]
        case _:
            return value
