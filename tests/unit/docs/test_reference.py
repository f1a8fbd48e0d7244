"""Tables of the pages match the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]  # ships no types

from api.authorization import ROUTES
from api.schemas.access import ChangeWorkspace
from local.welcome import TOUR
from mosaic.access.model import PERMISSIONS, Permission, Role
from mosaic.edge import problem
from mosaic.jobs.failures import FAILURES
from mosaic.jobs.lifecycle import TRANSITIONS
from mosaic.jobs.next_action import Who
from mosaic.metrics import Metric
from mosaic.rails.capabilities import CAPABILITIES, PROFILES, Level
from tools.openapi.problems import PROBLEMS

DOCS = Path("docs")


def rows(page: str) -> list[list[str]]:
    lines = [line for line in (DOCS / page).read_text().splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def words(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_banner_and_readme_show_one_tour() -> None:
    assert "\n".join(TOUR) in Path("README.md").read_text()


def test_states_match_the_lifecycle() -> None:
    listed = {
        row[0].split()[0].strip(","): row[1] for row in rows("explanation/architecture.md") if len(row) == 2
    }
    for status, after in TRANSITIONS.items():
        row = listed.get(status) or listed["FAILED"]
        assert set(re.findall(r"[A-Z]{5,}", row)) == set(after)


def test_capabilities_match_their_levels() -> None:
    listed = {row[0]: words(row[1]) for row in rows("reference/policies.md") if row[0] in set(Level)}
    assert listed == {
        level.value: [name for name, known in CAPABILITIES.items() if known.level is level] for level in Level
    }
    assert {row[0].strip("`") for row in rows("reference/policies.md")} >= set(PROFILES)


def test_page_lists_each_actor_of_next() -> None:
    listed = {word for row in rows("reference/api.md") for word in words(row[0]) if len(row) == 3}
    assert listed >= set(get_args(Who))


def test_routes_match_their_permissions() -> None:
    listed = {}
    for row in rows("reference/api.md"):
        for route in words(row[0]):
            listed[re.sub(r"\?.*", "", route)] = words(row[1])
    for route, permission in ROUTES.items():
        assert listed[route][:1] == ([permission.value] if permission else []), route


@pytest.mark.parametrize("role", Role)
def test_role_holds_the_listed_permissions(role: Role) -> None:
    listed = next(row[1] for row in rows("reference/api.md") if row[0] == role)
    held = {Permission(word) for word in words(listed)} if listed != "all" else set(Permission)
    assert held == PERMISSIONS[role]


def test_problem_has_its_status() -> None:
    listed = {
        code: row[1] for row in rows("reference/problems.md") for code in words(row[0]) if row[1].isdecimal()
    }
    for status, code in problem.CODES.values():
        assert listed.get(code) == str(status), code


def test_problem_has_a_remedy() -> None:
    table = {
        code: row for row in rows("reference/problems.md") for code in words(row[0]) if row[1].isdecimal()
    }
    assert set(table) == set(PROBLEMS)
    for code, row in table.items():
        assert len(row) == len(list(filter(None, row))) == 4, code
        assert row[1] == str(PROBLEMS[code].status), code


def test_workspace_fields_are_listed() -> None:
    listed = {row[0].strip("`"): row[-1] for row in rows("reference/workspace.md") if len(row) == 4}
    fields = {str(field.alias or name): field for name, field in ChangeWorkspace.model_fields.items()}
    assert set(fields) == set(listed) - {"field", "---"}
    for name, field in fields.items():
        assert listed[name].startswith("required" if field.is_required() else "kept"), name


def test_capability_has_its_tools() -> None:
    listed = {
        capability: words(row[1])
        for row in rows("reference/policies.md")
        if len(row) == 2
        for capability in words(row[0])
    }
    for name, capability in CAPABILITIES.items():
        if capability.tools:
            assert listed[name][: len(capability.tools)] == list(capability.tools), name
        else:
            assert name not in listed


def test_failures_that_need_a_change_are_listed() -> None:
    listed = (DOCS / "reference/problems.md").read_text().split("not `retryable`")[1].split(")")[0]
    assert set(words(listed)) == {code for code, failure in FAILURES.items() if not failure.retryable}


def test_metrics_are_listed() -> None:
    listed = {word for row in rows("reference/operations.md") for cell in row for word in words(cell)}
    assert listed >= {metric.value for metric in Metric}


def test_failure_has_its_remedy() -> None:
    listed = {
        words(row[0])[0]: row[1] for row in rows("reference/problems.md") if len(row) == 2 and words(row[0])
    }
    for code, failure in FAILURES.items():
        assert listed.get(code) == failure.remedy


def test_template_parameter_has_its_default() -> None:
    declared = yaml_parse(Path("template.yaml").read_text())["Parameters"]
    listed = {
        name: row[-1].strip(" `") for row in rows("reference/configuration.md") for name in words(row[0])
    }
    for name, parameter in declared.items():
        assert name in listed, name
        default = str(parameter.get("Default", ""))
        assert default in listed[name], name
