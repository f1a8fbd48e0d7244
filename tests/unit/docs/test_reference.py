"""What the pages list is what the code has."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]  # ships no types

from api.authorization import ROUTES
from local.welcome import TOUR
from mosaic.access.model import PERMISSIONS, Permission, Role
from mosaic.edge import problem
from mosaic.jobs.failures import FAILURES
from mosaic.jobs.lifecycle import TRANSITIONS
from mosaic.jobs.next_action import Who
from mosaic.metrics import Metric
from mosaic.rails.capabilities import CAPABILITIES, PROFILES, Level

DOCS = Path("docs")


def rows(page: str) -> list[list[str]]:
    lines = [line for line in (DOCS / page).read_text().splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def words(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_the_banner_and_the_readme_have_one_tour() -> None:
    assert "\n".join(TOUR) in Path("README.md").read_text()


def test_the_states_are_those_of_the_lifecycle() -> None:
    told = {
        row[0].split()[0].strip(","): row[1] for row in rows("explanation/architecture.md") if len(row) == 2
    }
    for status, after in TRANSITIONS.items():
        row = told.get(status) or told["FAILED"]
        assert set(re.findall(r"[A-Z]{5,}", row)) == set(after)


def test_the_capabilities_are_those_of_the_table() -> None:
    told = {row[0]: words(row[1]) for row in rows("reference/policies.md") if row[0] in set(Level)}
    assert told == {
        level.value: [name for name, known in CAPABILITIES.items() if known.level is level] for level in Level
    }
    assert {row[0].strip("`") for row in rows("reference/policies.md")} >= set(PROFILES)


def test_who_can_be_next_is_in_the_page() -> None:
    told = {word for row in rows("reference/api.md") for word in words(row[0]) if len(row) == 3}
    assert told >= set(get_args(Who))


def test_the_routes_and_their_permissions_are_those_of_the_table() -> None:
    told = {}
    for row in rows("reference/api.md"):
        for route in words(row[0]):
            told[re.sub(r"\?.*", "", route)] = words(row[1])
    for route, permission in ROUTES.items():
        assert told[route][:1] == ([permission.value] if permission else []), route


@pytest.mark.parametrize("role", Role)
def test_the_roles_hold_what_the_table_says(role: Role) -> None:
    told = next(row[1] for row in rows("reference/api.md") if row[0] == role)
    held = {Permission(word) for word in words(told)} if told != "all" else set(Permission)
    assert held == PERMISSIONS[role]


def test_every_problem_code_is_told_with_its_status() -> None:
    told = {
        code: row[1] for row in rows("reference/problems.md") for code in words(row[0]) if row[1].isdecimal()
    }
    for status, code in problem.CODES.values():
        assert told.get(code) == str(status), code


def test_the_failures_that_a_retry_alone_does_not_mend_are_named() -> None:
    said = (DOCS / "reference/problems.md").read_text().split("not `retryable`")[1].split(")")[0]
    assert set(words(said)) == {code for code, failure in FAILURES.items() if not failure.retryable}


def test_every_metric_is_told() -> None:
    told = {word for row in rows("reference/operations.md") for cell in row for word in words(cell)}
    assert told >= {metric.value for metric in Metric}


def test_every_failure_is_told_with_its_remedy() -> None:
    told = {
        words(row[0])[0]: row[1] for row in rows("reference/problems.md") if len(row) == 2 and words(row[0])
    }
    for code, failure in FAILURES.items():
        assert told.get(code) == failure.remedy


def test_every_parameter_of_the_template_is_told_with_its_default() -> None:
    declared = yaml_parse(Path("template.yaml").read_text())["Parameters"]
    told = {name: row[-1].strip(" `") for row in rows("reference/configuration.md") for name in words(row[0])}
    for name, parameter in declared.items():
        assert name in told, name
        default = str(parameter.get("Default", ""))
        assert default in told[name], name
