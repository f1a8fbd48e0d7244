"""The check of commit subjects, over repositories made for the test."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tools import check_commits

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

IDENTITY = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false")


def git(root: Path, *arguments: str) -> str:
    command = ["git", *IDENTITY, *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)  # noqa: S603 - git
    return done.stdout.strip()


def commit(root: Path, subject: str) -> str:
    git(root, "commit", "--quiet", "--allow-empty", "-m", subject)
    return git(root, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    return tmp_path


@pytest.fixture
def last_unchecked(repository: Path) -> str:
    """The hash of the first commit, which is not checked."""
    return commit(repository, "The first commit. It keeps its subject.")


@pytest.mark.parametrize(
    "subject",
    ["feat: add a route", "fix(api)!: reject an unknown field", f"docs: {'x' * 66}", "ci(e2e): run halves"],
)
def test_valid_subject_has_no_faults(subject: str) -> None:
    assert list(check_commits.faults(subject)) == []


@pytest.mark.parametrize(
    ("subject", "fault"),
    [
        ("Add a route", "form"),
        ("fix add a route", "form"),
        ("fix:add a route", "form"),
        ("fix(): add a route", "form"),
        ("chore: update the locks", "unknown type 'chore'"),
        (f"docs: {'x' * 67}", "73 characters"),
        ("fix(api): reject an unknown field.", "period"),
    ],
)
def test_faulty_subject_has_one_fault(subject: str, fault: str) -> None:
    (found,) = check_commits.faults(subject)

    assert fault in found


def test_valid_commits_pass(
    repository: Path, last_unchecked: str, capsys: pytest.CaptureFixture[str]
) -> None:
    commit(repository, "feat: add a route")
    commit(repository, "fix(api): reject an unknown field")

    assert check_commits.main(repository, last_unchecked) == 0
    assert capsys.readouterr().out == "2 commits checked\n"


def test_faulty_commits_are_printed(
    repository: Path, last_unchecked: str, capsys: pytest.CaptureFixture[str]
) -> None:
    oldest = commit(repository, "Add a route.")[:7]
    commit(repository, "fix(api): reject an unknown field")
    newest = commit(repository, "chore: update the locks")[:7]

    assert check_commits.main(repository, last_unchecked) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{newest} chore: update the locks",
        "  has the unknown type 'chore'; use one of feat, fix, perf, refactor, docs, test, build, ci",
        f"{oldest} Add a route.",
        "  is not of the form `type(scope): summary`; begin with one, such as `fix(api): `",
        "  ends with a period; remove it",
        f"Reword the oldest and those after it: git rebase --interactive {oldest}~",
    ]


def test_merge_commits_are_not_checked(repository: Path, last_unchecked: str) -> None:
    git(repository, "checkout", "--quiet", "-b", "side")
    commit(repository, "feat: add a route")
    git(repository, "checkout", "--quiet", "-")
    git(repository, "merge", "--quiet", "--no-ff", "-m", "Merge branch 'side'", "side")

    assert check_commits.main(repository, last_unchecked) == 0


def test_source_archive_is_not_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    assert check_commits.main(tmp_path) == 0
    assert capsys.readouterr().out.startswith("not checked: fatal: not a git repository")


@pytest.mark.usefixtures("last_unchecked")
def test_unknown_last_commit_is_not_checked(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_commits.main(repository, "0" * 40) == 0
    assert "the history does not contain 0000000" in capsys.readouterr().out


def test_shallow_history_is_not_checked(
    repository: Path,
    last_unchecked: str,
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
) -> None:
    commit(repository, "Add a route.")
    clone = tmp_path_factory.mktemp("shallow")
    git(clone, "clone", "--quiet", "--depth", "1", repository.as_uri(), ".")

    assert check_commits.main(clone, last_unchecked) == 0
    assert capsys.readouterr().out.startswith("not checked: the repository is shallow")


def test_missing_git_is_reported(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(repository))

    assert check_commits.main(repository) == 0
    assert capsys.readouterr().out == "not checked: git is not installed\n"
