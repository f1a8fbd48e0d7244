"""The how-to pages have one form, and their settings have the described effect."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from shutil import which
from typing import Any

import pytest
import yaml

from mosaic.access.model import Principal, Role
from tests.fakes.api import FakeApi
from tests.unit.docs.pages import DOCS, DOCS_PAGES, blocks

BASH = which("bash") or "/bin/bash"
PAGES = sorted((DOCS / "how-to").glob("*.md"))
MEMBER = Principal(workspace_id="demo", token_id="member", role=Role.MEMBER)


def page(name: str) -> str:
    return next(path for path in PAGES if path.stem == name).read_text("utf-8")


def configured(changes: dict[str, Any]) -> FakeApi:
    api = FakeApi()
    current = api.send("GET", "/workspaces/current").json
    answer = api.send("PUT", "/workspaces/current", {**current, **changes})
    assert answer.status == 200, answer.body
    return api


def dry_run(api: FakeApi, **fields: object) -> dict[str, Any]:
    body = {"instructions": "Fix the login.", "repository": "acme/shop", "dryRun": True, **fields}
    decision: dict[str, Any] = api.send("POST", "/stitcher/dispatch", body, caller=MEMBER).json
    return decision


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_page_starts_with_purpose_and_example(path: Path) -> None:
    title, purpose, *_ = path.read_text("utf-8").split("\n\n")
    beginning = path.read_text("utf-8").partition("\n## ")[0]

    assert title.startswith("# ")
    assert re.match(r"[A-Z`]", purpose)
    assert "```" in beginning or "\n> " in beginning


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_page_has_numbered_steps(path: Path) -> None:
    assert re.findall(r"^1\. ", path.read_text("utf-8"), re.MULTILINE)


def test_blocks_in_lists_are_indented_by_four() -> None:
    """Python-Markdown ends a list at a block that is indented less; forges accept four spaces, too."""
    pages = {str(path.relative_to(DOCS)): path.read_text("utf-8") for path in DOCS_PAGES}

    assert [name for name, text in pages.items() if re.search(r"^ {1,3}```", text, re.MULTILINE)] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_yaml_and_json_blocks_parse(path: Path) -> None:
    text = path.read_text("utf-8")
    for block in blocks(text, "json"):
        json.loads(block)
    for block in blocks(text, "yaml"):
        assert yaml.safe_load(block)


def test_connected_agent_may_push() -> None:
    (setting,) = (
        json.loads(block) for block in blocks(page("connect-github"), "json") if "jobTypes" in block
    )

    decision = dry_run(configured(setting))

    assert decision["guard"]["decision"] == "allow"
    assert {"exec", "process"} <= set(decision["tools"])


@pytest.mark.parametrize(
    ("branch", "expected"),
    [("main", "deny"), ("release/2", "approval_required"), ("mosaic/login", "allow")],
)
def test_branch_policies_decide_by_branch(branch: str, expected: str) -> None:
    grants = [{"profile": "weaver", "capability": "git:push"}]
    api = configured({"policies": blocks(page("write-a-policy"), "cedar")[0], "grants": grants})

    decision = dry_run(api, branch=branch, capabilities=["git:push"])

    assert decision["guard"]["decision"] == expected


def test_observed_policy_changes_no_decision() -> None:
    observed = next(block for block in blocks(page("write-a-policy"), "cedar") if "@mode" in block)
    grants = [{"profile": "weaver", "capability": "git:push"}]

    decision = dry_run(configured({"policies": observed, "grants": grants}), capabilities=["git:push"])

    assert decision["guard"]["decision"] == "allow"


def test_sandbox_policy_replaces_the_grant() -> None:
    permit = next(block for block in blocks(page("write-a-policy"), "cedar") if "sandbox" in block)
    api = configured({"policies": permit})

    decision = dry_run(api, repository="acme/sandbox", capabilities=["git:push"])

    assert decision["guard"]["decision"] == "allow"


def test_infrastructure_policy_asks_for_approval() -> None:
    forbid = next(block for block in blocks(page("write-a-policy"), "cedar") if "infra/" in block)
    grants = [{"profile": "weaver", "capability": "git:push"}]
    api = configured({"policies": forbid, "grants": grants})

    decision = dry_run(api, paths=["infra/network.tf"], capabilities=["git:push"])

    assert decision["guard"]["decision"] == "approval_required"


def test_setting_of_oidc_reports_is_accepted() -> None:
    (block,) = blocks(page("report-gates-with-oidc"), "json")
    setting = json.loads(block)

    gates = dry_run(configured(setting))["gates"]

    assert [(gate["id"], gate["reporter"]["kind"]) for gate in gates] == [("test", "oidc")]


def test_scripts_of_workflows_parse() -> None:
    documents = [yaml.safe_load(block) for path in PAGES for block in blocks(path.read_text("utf-8"), "yaml")]
    jobs = [job for document in documents for job in document.get("jobs", {}).values()]
    scripts = [step["run"] for job in jobs for step in job.get("steps", ()) if "run" in step]

    assert any("ACTIONS_ID_TOKEN_REQUEST_URL" in script for script in scripts)
    for script in scripts:
        checked = subprocess.run(  # noqa: S603 - bash only parses the script
            [BASH, "-n"], input=script, text=True, capture_output=True, check=False
        )
        assert checked.returncode == 0, checked.stderr


def test_workflow_keeps_the_agents_code_from_the_token() -> None:
    first, _ = (yaml.safe_load(block) for block in blocks(page("report-gates-with-oidc"), "yaml"))

    runs_code = [job for job in first["jobs"].values() if "checkout" in str(job["steps"])]
    reports = [job for job in first["jobs"].values() if "id-token" in job["permissions"]]
    assert [len(runs_code), len(reports)] == [1, 1]
    assert runs_code != reports
