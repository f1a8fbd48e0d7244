"""Gate rules, planned gates and the gates of a job."""

import pytest

from mosaic_cli.views.gate import reporter
from tests.unit.cli.conftest import FakeApi, Mosaic
from tests.unit.cli.documents import RULE


def test_gate_rules_are_shown(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(
        {"gates": [RULE, {**RULE, "id": "test", "reporter": {"kind": "token"}, "mandatory": False}]}
    )

    output = mosaic("gates", "rules").stdout
    for word in (
        "cover\tcode-task\t*",
        "coverage at least 85\tgithub check_run cover by ci",
        "token\t2 h\tno",
    ):
        assert word in output


def test_invalid_number_prints_example(mosaic: Mosaic) -> None:
    result = mosaic(
        *[
            "gates",
            "report",
            "01J00000000000000000000000",
            "cover",
            "--status",
            "passed",
            "--commit",
            "0",
            "--number",
            "high",
        ]
    )
    assert result.exit_code == 2
    assert "coverage=87.5" in result.stderr


def test_dry_run_shows_decision(mosaic: Mosaic, fake_api: FakeApi) -> None:
    guard = {"decision": "deny", "reasons": [{"policy": "base", "reason": "never"}], "refused": ["git:push"]}
    gate = {**RULE, "tokens": []}
    fake_api.respond({"guard": guard, "gates": [gate], "agent": "weaver", "tools": ["read"]})

    output = mosaic("dispatch", "--instructions", "x", "--dry-run").stdout
    for word in (
        "decision: deny",
        "base: never",
        "git:push",
        "agent: weaver",
        "coverage at least 85\tgithub check_run cover by ci\t2 h",
    ):
        assert word in output


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ({"kind": "token", "provider": None, "context": None, "by": [], "paths": []}, "token"),
        ({"kind": "oidc", "by": ["acme/ci/g.yml@refs/heads/main"]}, "oidc by acme/ci/g.yml@refs/heads/main"),
        ({"kind": "mosaic", "paths": ["ci/**"]}, "mosaic"),
        (
            {"kind": "status", "provider": "gitea", "context": "ci", "by": ["drone"]},
            "gitea status ci by drone",
        ),
    ],
)
def test_reporter_is_shown_by_its_kind(source: dict[str, object], shown: str) -> None:
    assert reporter({"reporter": source}) == shown
