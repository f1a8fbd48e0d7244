"""A job's branch may have any name that git allows, that git does not read as another ref, and that is safe in
the message to the agent.
"""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from api.paths import Branch

BRANCH = TypeAdapter(Branch)
# Git accepts these, and reads them as another ref.
OTHER_REFS = ("refs/", "heads/", "tags/", "remotes/")


def is_allowed(name: str) -> bool:
    try:
        return BRANCH.validate_python(name) == name
    except ValidationError:
        return False


@pytest.mark.parametrize(
    "name",
    [
        "main",
        "release-1.0",
        "release/2.x",
        "dependabot/npm_and_yarn/@types/node-20",
        "feature/#12+fix",
        "50%-off",
        "a=b,c;d!e$f&g'h(i)",
        "quote\"and'tick",
        "größe",
        "修复",
        "_",
        "a@b",
        "a-",
        "a.lockfile",
        "x" * 255,
        "Head",
        "head/main",
        "a/heads/b",
        "a/-b",
        "{x}",
    ],
)
def test_name_that_git_allows_is_a_branch(name: str) -> None:
    assert is_allowed(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "HEAD",
        "@",
        "-a",
        ".a",
        "a/.b",
        "a..b",
        "a b",
        "a\t",
        "a\n",
        "a\x7f",
        "a~1",
        "a^",
        "a:b",
        "a?",
        "a*",
    ]
    + ["a[b", "a\\b", "/a", "a/", "a//b", "a.", "a/b.", "a.lock", "a.lock/b", "a@{1}", "@{-1}", "x" * 256]
    + ["a`b", "a\u2028b", "a\x85b"]
    + [f"{prefix}main" for prefix in OTHER_REFS],
)
def test_other_name_is_refused(name: str) -> None:
    assert not is_allowed(name)


PIECES = st.sampled_from(
    [*"ab/.-@{}~^:?*[\\ \t\n`ü\u2028", "..", ".lock", "HEAD", "heads/", "@{", "//", "refs"]
)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=6).map("".join))
def test_branches_are_those_of_git(name: str) -> None:
    command = ["git", "check-ref-format", "--branch", name]
    # A fixed command without a shell.
    ended = subprocess.run(command, capture_output=True, check=False, cwd="/")  # noqa: S603
    by_git = ended.returncode == 0
    is_other = name in ("HEAD", "@") or name.startswith(OTHER_REFS) or "@{" in name
    is_unsafe = "`" in name or "\u2028" in name
    assert is_allowed(name) is (by_git and not is_other and not is_unsafe)
