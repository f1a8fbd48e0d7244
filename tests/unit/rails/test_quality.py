"""The gates of a job are those of the workspace's rules when the attempt starts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mosaic.access.model import JobType, Workspace
from mosaic.jobs.gates import Reporter, Threshold
from mosaic.jobs.states import GateStatus
from mosaic.jobs.value_objects import IssueContext
from mosaic.rails import quality
from mosaic.rails.gate_rules import AppliesWhen, GateRule
from tests.fakes import samples


def gates(workspace: Workspace, **job: Any) -> tuple[str, ...]:
    decision, open_gates = quality.decide(samples.job(**job), workspace.gates, workspace.gate_timeout_seconds)
    assert decision.gates == tuple(gate.id for gate in open_gates)
    return decision.gates


def applying(**when: Any) -> Workspace:
    return Workspace(
        id="demo", gates=(GateRule(id="sign", applies_when=AppliesWhen(**{"types": ("code-task",), **when})),)
    )


@pytest.mark.parametrize(
    ("job_type", "expected"),
    [
        ("code-task", ("build", "lint", "typecheck", "test", "coverage")),
        ("git-status", ()),
        ("priority-calc", ()),
        ("review", ()),
    ],
)
def test_default_job_types_have_gates(job_type: str, expected: tuple[str, ...]) -> None:
    assert gates(Workspace(id="demo"), type=job_type) == expected
    demo = Workspace(id="demo")
    _, open_gates = quality.decide(samples.job(type=job_type), demo.gates, demo.gate_timeout_seconds)
    assert all(gate.status is GateStatus.PENDING and gate.mandatory for gate in open_gates)
    assert all(gate.reporter == Reporter() for gate in open_gates)


@pytest.mark.parametrize(
    ("when", "job", "applies"),
    [
        ({}, {}, True),
        ({}, {"type": "review"}, False),
        ({"types": ("review", "code-task")}, {}, True),
        ({"repositories": ("acme/shop",)}, {"repository": "Acme/Shop"}, True),
        ({"repositories": ("acme/shop",)}, {"repository": "acme/shop2"}, False),
        ({"repositories": ("acme/shop",)}, {"repository": None}, False),
        ({"repositories": ("*",)}, {"repository": None}, True),
        ({"labels": ("Risky", "db")}, {"context": IssueContext(labels=("risky",))}, True),
        ({"labels": ("risky",)}, {"context": IssueContext(labels=("docs",))}, False),
        ({"labels": ("risky",)}, {}, False),
    ],
)
def test_rule_applies_to_matching_jobs(when: dict[str, Any], job: dict[str, Any], applies: bool) -> None:
    fields = {"type": "code-task", "repository": "acme/shop", **job}
    assert gates(applying(**when), **fields) == (("sign",) if applies else ())


def test_gate_has_all_fields_of_its_rule() -> None:
    check = Reporter(kind="status", provider="gitea", context="ci/cover")
    limit = Threshold(number="coverage", at_least=85)
    when = AppliesWhen(types=("code-task",))
    rules = (
        GateRule(id="coverage", applies_when=when, passes_when=(limit,), reporter=check, timeout_seconds=90),
        GateRule(id="style", applies_when=when, mandatory=False),
    )
    workspace = Workspace(id="demo", gates=rules, gate_timeout_seconds=600)
    _, (coverage, style) = quality.decide(
        samples.job(type="code-task"), workspace.gates, workspace.gate_timeout_seconds
    )
    assert (coverage.reporter, coverage.passes_when, coverage.timeout_seconds) == (check, (limit,), 90)
    assert (style.mandatory, style.timeout_seconds) == (False, 600)


# ------------------------------------------------------------------ workspaces of an older version


def stored(**fields: Any) -> Workspace:
    return Workspace.model_validate_json(json.dumps({"id": "demo", **fields}))


def test_gates_in_stored_job_types_become_rules() -> None:
    workspace = stored(
        jobTypes={
            "code-task": {"profile": "weaver", "gates": ["build", "test"]},
            "release": {"profile": "weaver", "gates": ["build", "sign"]},
            "review": {"profile": "inspector", "gates": []},
        }
    )
    assert gates(workspace, type="code-task") == ("build", "test")
    assert gates(workspace, type="release") == ("build", "sign")
    assert gates(workspace, type="review") == ()
    assert (
        Workspace.model_validate_json(workspace.model_dump_json(by_alias=True, exclude_none=True))
        == workspace
    )


def test_stored_job_type_without_gates_has_none() -> None:
    assert stored(jobTypes={"code-task": {"profile": "weaver", "gates": []}}).gates == ()


def test_workspace_without_gates_has_default_rules() -> None:
    assert stored().gates == Workspace(id="demo").gates
    assert Workspace(id="demo", job_types={"audit": JobType(profile="runner")}).gates == ()


def test_empty_rules_stay_empty() -> None:
    assert stored(gates=[]).gates == ()
