"""Which files a push changes, and when it does not say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mosaic.forge import gitea, github
from mosaic.forge.intent import CommitPushed

PAYLOADS = Path(__file__).parent / "payloads"
ZERO = "0" * 40
FORGES = {"github": github.parse, "gitea": gitea.parse}


def payload(provider: str, **changes: Any) -> dict[str, Any]:
    recorded: dict[str, Any] = json.loads((PAYLOADS / provider / "push.json").read_text("utf-8"))
    return recorded | changes


def parsed(provider: str, **changes: Any) -> CommitPushed:
    intent = FORGES[provider]("push", payload(provider, **changes), "mosaic")
    assert isinstance(intent, CommitPushed)
    return intent


AFTER = payload("github")["after"]


def commit(sha: str = AFTER, **files: Any) -> dict[str, Any]:
    return {"id": sha, "added": [], "modified": ["a.py"], "removed": [], **files}


@pytest.mark.parametrize("provider", FORGES)
def test_files_of_all_commits_are_read(provider: str) -> None:
    commits = [commit("1" * 40, added=["b"], removed=["c"], modified=None), commit(added=["d", "b"])]
    push = parsed(provider, commits=commits, total_commits=2)
    assert (set(push.paths), push.unknown_paths) == ({"b", "c", "d", "a.py"}, None)


@pytest.mark.parametrize("provider", FORGES)
def test_recorded_push_lists_its_files(provider: str) -> None:
    push = parsed(provider)
    assert (push.paths, push.unknown_paths) == (("lamp/timer.py",), None)


UNKNOWN: dict[str, tuple[dict[str, Any], str]] = {
    "forced": ({"forced": True, "before": "1" * 40}, "it replaced commits of the branch"),
    "no list of commits": ({"commits": None}, "it does not list its commits"),
    "no commits": ({"commits": []}, "it does not list its commits"),
    "not its newest commit": ({"commits": [commit("1" * 40)]}, "it does not list its commits"),
    "at the limit of GitHub": (
        {"commits": [*(commit(f"{number:040x}") for number in range(2047)), commit()]},
        "it lists only some of its commits",
    ),
    "fewer than counted": ({"total_commits": 6, "commits": [commit()]}, "it lists only some of its commits"),
    "a commit without lists": ({"commits": [{"id": AFTER}]}, "it does not list all files"),
    "a commit with empty lists": ({"commits": [commit(modified=[])]}, "it does not list all files"),
    "a commit with too many files": (
        {"commits": [commit(modified=[str(number) for number in range(3000)])]},
        "it does not list all files",
    ),
    "a new branch at another branch": (
        {"before": ZERO, "commits": [], "base_ref": "refs/heads/other"},
        "it does not list its commits",
    ),
    "a new branch of no known base": ({"before": ZERO, "commits": []}, "it does not list its commits"),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_unknown_files_have_a_reason(case: str) -> None:
    changes, reason = UNKNOWN[case]
    push = parsed("github", **changes)
    assert reason in (push.unknown_paths or "")
    assert push.paths == ()


def test_new_branch_at_the_default_branch_changes_nothing() -> None:
    push = parsed("github", before=ZERO, commits=[], base_ref="refs/heads/main")
    assert (push.paths, push.unknown_paths) == ((), None)
