"""No module compares actors by `==` or `in`: `mosaic.jobs.actors` alone knows when two of them are one account."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = [
    path
    for folder in ("layers/mosaic", "functions", "local")
    for path in (ROOT / folder).rglob("*.py")
    # `mention` compares the login of the bot, and looks for it in texts.
    if path.name not in ("actors.py", "mention.py")
]
ACTORS = {
    "actor",
    "login",
    "sender",
    "author",
    "approved_by",
    "reported_by",
    "requested_by",
    "instructions_by",
}
LISTS = {"forge_admins", "forge_members", "people", "requesters", "excluded", "excluded_approvers"}
EXACT = (ast.Eq, ast.NotEq, ast.In, ast.NotIn)
SET_METHODS = {"intersection", "issubset", "issuperset", "isdisjoint", "difference", "index", "count"}


def actors_in(node: ast.expr) -> Iterator[str]:
    """Yields the names of actors that the operand holds, also as a part of a tuple."""
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        for element in node.elts:
            yield from actors_in(element)
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    if name in ACTORS | LISTS:
        yield name


def exact_comparisons(tree: ast.AST) -> Iterator[str]:
    """Yields each exact comparison of actors, as its line and source."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(isinstance(op, EXACT) for op in node.ops):
            operands = [node.left, *node.comparators]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            operands = [node.func.value, *node.args] if node.func.attr in SET_METHODS else []
        else:
            continue
        if any(name for operand in operands for name in actors_in(operand)):
            yield f"{node.lineno}: {ast.unparse(node)}"


def test_actors_are_compared_by_their_module() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{comparison}"
        for path in SOURCES
        for comparison in exact_comparisons(ast.parse(path.read_text()))
    ]
    assert found == [], "use same_actor, any_same_actor or in_actors of mosaic.jobs.actors"


@pytest.mark.parametrize(
    "source",
    [
        "actor in workspace.forge_admins",
        "job.source.actor == actor",
        "(a, standing.approved_by) == (b, answer.actor)",
        "given.actor not in excluded_approvers",
        "job.requesters.intersection(names)",
        "names.isdisjoint(job.requesters)",
        "comment.author != sender.login",
    ],
)
def test_exact_comparison_is_found(source: str) -> None:
    assert list(exact_comparisons(ast.parse(source)))


@pytest.mark.parametrize("source", ["actor is None", "role_of(actor) == 'admin'", "in_actors(actor, names)"])
def test_other_comparisons_are_allowed(source: str) -> None:
    assert not list(exact_comparisons(ast.parse(source)))
