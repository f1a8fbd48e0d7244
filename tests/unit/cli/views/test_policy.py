"""Policies and their decisions."""

from tests.unit.cli.conftest import FakeApi, Mosaic
from tests.unit.cli.documents import JOB

POLICY = {
    "id": "releases",
    "source": "workspace",
    "effect": "forbid",
    "mode": "observe",
    "reason": "by hand",
    "text": '@id("releases")\nforbid (principal, action, resource);',
    "line": 1,
    "decided": 0,
    "wouldHave": 3,
}


def test_policies_are_shown_as_table_and_text(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond({"items": [POLICY], "policySet": "sha256:0", "jobs": 3})
    assert [line.split("\t") for line in mosaic("policies").stdout.splitlines()] == [
        ["ID", "SOURCE", "EFFECT", "MODE", "DECIDED", "WOULD HAVE", "REASON"],
        ["releases", "workspace", "forbid", "observe", "0", "3", "by hand"],
    ]
    assert mosaic("policies", "--text").stdout == f"{POLICY['text']}\n\n"


def test_decision_groups_capabilities_by_policy(mosaic: Mosaic, fake_api: FakeApi) -> None:
    read = {"policy": "base.read", "reason": "reading is free"}
    observed = {"policy": "releases", "reason": "by hand", "capability": "git:push", "would": "deny"}
    guard = {
        "decision": "allow",
        "reasons": [{**read, "capability": "code:read"}, {**read, "capability": "git:read"}],
        "observed": [observed],
    }
    fake_api.respond({**JOB, "branch": "mosaic/1", "paths": ["src/", "docs/"], "guard": guard})
    output = mosaic("jobs", "show", "01J00000000000000000000000").stdout
    assert "base.read: reading is free (code:read, git:read)" in output
    assert "releases would have denied git:push: by hand" in output
    assert "paths: src/, docs/" in output
