"""The page of security: its tables are those of the code and of the template."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from api.authorization import ROUTES
from local.cloud.references import references
from local.cloud.template import load
from mosaic.access.model import PERMISSIONS, Permission
from mosaic.jobs.gates import ReporterKind
from mosaic.services.command_rules import COMMANDERS
from tests.unit.docs.pages import DOCS, ROOT

PAGE = (DOCS / "security.md").read_text("utf-8")
Json = dict[str, Any]


def table(heading: str, first: str) -> list[list[str]]:
    """Returns the rows of the table below a heading whose first column has this title."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = section.partition(f"| {first} |")[2].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def words(cell: str) -> set[str]:
    """Returns the words in code style."""
    return set(re.findall(r"`([^`]+)`", cell))


def test_each_permission_has_the_listed_roles() -> None:
    listed = {
        permission: words(row[2])
        for row in table("Roles and actions", "action")
        for permission in words(row[1])
    }

    assert listed == {
        permission.value: {role.value for role, held in PERMISSIONS.items() if permission in held}
        for permission in Permission
    }
    assert {permission.value for permission in ROUTES.values() if permission} <= set(listed)


def test_each_command_has_the_listed_people() -> None:
    listed = {name: words(row[1]) for row in table("Roles and actions", "command") for name in words(row[0])}

    assert listed == {name: set(people) for name, people in COMMANDERS.items()}


def test_each_reporter_kind_has_a_promise_and_a_limit() -> None:
    rows = table("What a report proves", "kind")

    assert [words(row[0]) for row in rows] == [{kind} for kind in get_args(ReporterKind)]
    assert all(len(row) == 3 and all(row) for row in rows)


@pytest.fixture(scope="module")
def template() -> Json:
    return load(ROOT / "template.yaml", {"OpenClawUrl": "https://openclaw.test"})


def _reads(template: Json) -> Iterator[tuple[str, Any]]:
    """Yields each function with each resource whose secrets it may read."""
    for name, resource in template["Resources"].items():
        if resource["Type"] != "AWS::Lambda::Function":
            continue
        (policy,) = template["Resources"][f"{name}Role"]["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]:
            if "secretsmanager:GetSecretValue" in statement["Action"]:
                allowed = statement["Resource"]
                yield from ((name, one) for one in (allowed if isinstance(allowed, list) else [allowed]))


def _secret(resource: Any) -> str:
    prefix = re.search(r":secret:\$\{AWS::StackName\}/(\w+)/\*", str(resource))
    return f"STACK/{prefix[1]}/…" if prefix else next(references(resource))


def test_each_secret_has_the_listed_readers(template: Json) -> None:
    readers: dict[str, set[str]] = {}
    for function, resource in _reads(template):
        readers.setdefault(_secret(resource), set()).add(function)

    rows = table("Who reads which secret", "secret")
    assert {secret: words(row[2]) for row in rows for secret in words(row[0])} == readers


def test_parameters_of_choices_have_their_defaults(template: Json) -> None:
    chosen = {name: row[1] for row in table("What the operator chooses", "choice") for name in words(row[0])}
    assert {"SingleTenant", "ApiConcurrency"} <= set(chosen)
    for name, default in chosen.items():
        assert str(template["Parameters"][name]["Default"]) in default


def test_each_choice_has_a_reason() -> None:
    assert all(len(row) == 3 and all(row) for row in table("What the operator chooses", "choice"))
