"""`python -m tools.check_commits`: check that the subjects of commits follow Conventional Commits."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
LAST_UNCHECKED = "5e55727263625fe2a1fcad9f9f478ca887614869"
"""The last commit before the project adopted Conventional Commits. It and older commits keep their subjects."""
TYPES = ("feat", "fix", "perf", "refactor", "docs", "test", "build", "ci")
MAX_LENGTH = 72
"""Characters of a subject that `git log` and forges show in full."""

_FORM = re.compile(r"(?P<type>\w+)(\([^()\s]+\))?!?: (?P<summary>\S.*)")


@dataclass(frozen=True)
class Commit:
    """A commit's short hash and the first line of its message."""

    hash: str
    subject: str


class HistoryMissingError(Exception):
    """The commits cannot be listed: git, the repository or `LAST_UNCHECKED` is missing."""


def main(root: Path = ROOT, last_unchecked: str = LAST_UNCHECKED) -> int:
    """Prints each faulty commit, and returns the exit code.

    The code is 1 if a commit is faulty. Without the history it is 0, so that a source archive and a shallow
    clone pass.
    """
    try:
        commits = commits_after(root, last_unchecked)
    except HistoryMissingError as error:
        print(f"not checked: {error}")
        return 0
    faulty = [commit for commit in commits if any(faults(commit.subject))]
    for commit in faulty:
        print(f"{commit.hash} {commit.subject}", *faults(commit.subject), sep="\n  ")
    if faulty:
        print(f"Reword the oldest and those after it: git rebase --interactive {faulty[-1].hash}~")
        return 1
    print(f"{len(commits)} commits checked")
    return 0


def faults(subject: str) -> Iterator[str]:
    """Yields each fault of a subject with its remedy."""
    match = _FORM.fullmatch(subject)
    if not match:
        yield "is not of the form `type(scope): summary`; begin with one, such as `fix(api): `"
    elif match["type"] not in TYPES:
        yield f"has the unknown type {match['type']!r}; use one of {', '.join(TYPES)}"
    if len(subject) > MAX_LENGTH:
        yield f"has {len(subject)} characters; shorten it to {MAX_LENGTH} and move details to the body"
    if subject.endswith("."):
        yield "ends with a period; remove it"


def commits_after(root: Path, last_unchecked: str) -> list[Commit]:
    """Returns the commits of HEAD after `last_unchecked`, newest first, without merges.

    Raises HistoryMissingError when git or that commit is missing.
    """
    if _git(root, "merge-base", "--is-ancestor", last_unchecked, "HEAD").returncode:
        raise _history_missing(root, last_unchecked)
    log = _git(root, "log", "--no-merges", "--format=%h %s", f"{last_unchecked}..HEAD").stdout
    return [Commit(*line.split(" ", 1)) for line in log.splitlines()]


def _history_missing(root: Path, last_unchecked: str) -> HistoryMissingError:
    shallow = _git(root, "rev-parse", "--is-shallow-repository")
    if shallow.returncode:
        return HistoryMissingError(shallow.stderr.strip())
    reason = f"the history does not contain {last_unchecked[:7]}, after which subjects are checked"
    if shallow.stdout.strip() == "true":
        return HistoryMissingError(f"the repository is shallow, and {reason}")
    return HistoryMissingError(reason)


def _git(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["git", *arguments]
    try:
        return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603 - git
    except FileNotFoundError as error:
        raise HistoryMissingError("git is not installed") from error


if __name__ == "__main__":
    sys.exit(main())
