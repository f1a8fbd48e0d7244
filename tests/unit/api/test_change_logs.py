"""Each change of a workspace leaves a log line with who changed what, without the values."""

from __future__ import annotations

import json
from typing import Any

import pytest

from api.routes import event_log, workspace
from mosaic.access.model import Principal, Role
from mosaic.metrics import Metric
from tests.fakes.api import FakeApi

CURRENT = "/workspaces/current"
REASON = "a reason that stays private"
POLICY = (
    f'@id("p") @reason("{REASON}") forbid (principal, action, resource) when {{ context.role == "guest" }};'
)


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """The message and the fields of each line of the routes."""
    logged: list[tuple[str, dict[str, Any]]] = []
    for module in (workspace, event_log):
        monkeypatch.setattr(module.logger, "info", lambda message, **fields: logged.append((message, fields)))
    return logged


def put(api: FakeApi, **changes: Any) -> None:
    body = {**api.send("GET", CURRENT).json, **changes}
    assert api.send("PUT", CURRENT, body).status == 200


@pytest.mark.parametrize(
    ("changes", "settings"),
    [
        ({"name": "Another"}, ["name"]),
        ({"policies": POLICY}, ["policies"]),
        ({"grants": [{"profile": "weaver", "capability": "git:push"}]}, ["grants"]),
        ({"forgeAdmins": ["github:ada"], "selfApproval": True}, ["forgeAdmins", "selfApproval"]),
    ],
)
def test_changed_settings_are_named(
    api: FakeApi, lines: list[tuple[str, dict[str, Any]]], changes: dict[str, Any], settings: list[str]
) -> None:
    put(api, **changes)
    [(message, fields)] = lines
    assert (message, fields["workspace_id"], fields["settings"]) == ("workspace changed", "demo", settings)
    assert fields["actor"]
    assert REASON not in json.dumps(fields)


def test_redrive_is_logged(api: FakeApi, lines: list[tuple[str, dict[str, Any]]]) -> None:
    assert api.send("POST", "/dead-letters/redrive").status == 200
    [(message, fields)] = lines
    assert (message, fields["workspace_id"], fields["redriven"]) == ("dead letters redriven", "demo", 0)


@pytest.mark.parametrize(
    ("role", "metric"),
    [(None, Metric.REQUESTS_UNAUTHENTICATED), (Role.VIEWER, Metric.REQUESTS_FORBIDDEN)],
    ids=["no token", "viewer"],
)
def test_refused_request_is_measured(api: FakeApi, role: Role | None, metric: Metric) -> None:
    caller = Principal(workspace_id="demo", token_id="eve", role=role) if role else None
    api.send("GET", CURRENT, caller=caller)
    assert [(one.metric, one.reason is None) for one in api.deployment.measured] == [
        (metric, True),
        (metric, False),
    ]
