"""Gate reports that take the job and the commit from a git checkout."""

import subprocess
from pathlib import Path

import pytest

from tests.unit.cli.conftest import FakeApi, Mosaic

ID = "01J00000000000000000000000"
OTHER = "01J00000000000000000000001"
SHA = "0123456789abcdef0123456789abcdef01234567"


def git(*arguments: str) -> str:
    config = ("-c", "user.name=ada", "-c", "user.email=ada@api.test", "-c", "commit.gpgsign=false")
    command = ["git", *config, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603 - git


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The commit of a checkout of the job's branch."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    monkeypatch.chdir(folder)
    git("init", "-q", "-b", f"mosaic/{ID}")
    git("commit", "-q", "--allow-empty", "-m", "first")
    return git("rev-parse", "HEAD")


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ("--status passed", "passed"),
        ("--from-job-status success", "passed"),
        ("--from-job-status failure", "failed"),
        ("--from-job-status Cancelled", "error"),
    ],
)
def test_checkout_gives_job_and_commit(
    mosaic: Mosaic, fake_api: FakeApi, checkout: str, options: str, status: str
) -> None:
    assert mosaic("gates", "report", "test", *options.split()).exit_code == 0
    path = f"/runner-jobs/{ID}/gates/test"
    assert fake_api.calls == [("PUT", path, {"status": status, "commitSha": checkout})]


def test_ci_variable_names_branch(
    mosaic: Mosaic, fake_api: FakeApi, checkout: str, environment: dict[str, str]
) -> None:
    git("checkout", "-q", "--detach")
    environment["GITHUB_REF_NAME"] = f"mosaic/{ID}"

    mosaic("gates", "report", "test", "--status", "passed")
    assert fake_api.calls[0][1:] == (
        f"/runner-jobs/{ID}/gates/test",
        {"status": "passed", "commitSha": checkout},
    )


def test_pull_request_merge_needs_commit_option(
    mosaic: Mosaic, fake_api: FakeApi, checkout: str, environment: dict[str, str]
) -> None:
    git("checkout", "-q", "--detach")
    environment.update(GITHUB_REF_NAME="7/merge", GITHUB_HEAD_REF=f"mosaic/{ID}")
    report = ("gates", "report", "test", "--status", "passed")

    result = mosaic(*report)
    assert (result.exit_code, fake_api.requests) == (2, [])
    assert "give --commit" in result.stderr
    assert mosaic(*report, "--commit", checkout).exit_code == 0
    assert fake_api.calls[0][1] == f"/runner-jobs/{ID}/gates/test"


@pytest.mark.usefixtures("checkout")
@pytest.mark.parametrize("branch", ["main", f"release/{ID}"])
def test_other_branch_names_no_job(mosaic: Mosaic, fake_api: FakeApi, branch: str) -> None:
    git("checkout", "-q", "-b", branch)

    result = mosaic("gates", "report", "test", "--status", "passed")
    assert (result.exit_code, fake_api.requests) == (2, [])
    assert f"the branch is {branch}" in result.stderr


@pytest.mark.usefixtures("checkout")
def test_commit_of_other_job_is_not_reported(mosaic: Mosaic, fake_api: FakeApi) -> None:
    result = mosaic("gates", "report", OTHER, "test", "--status", "passed")

    assert (result.exit_code, fake_api.requests) == (2, [])
    assert "give --commit" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("test --status passed", "the job is unknown"),
        (f"{ID} test", "give --status or --from-job-status"),
        (f"{ID} test --status passed --from-job-status success", "give --status or --from-job-status"),
        (f"{ID} test more --status passed", "give JOB and GATE"),
        (f"{ID} test --status passed", "give --commit"),
    ],
)
def test_incomplete_report_is_wrong_usage(
    mosaic: Mosaic,
    fake_api: FakeApi,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: str,
    expected: str,
) -> None:
    monkeypatch.chdir(tmp_path)

    result = mosaic("gates", "report", *arguments.split())
    assert (result.exit_code, fake_api.requests) == (2, [])
    assert expected in result.stderr


@pytest.mark.usefixtures("checkout")
def test_override_sends_no_commit(mosaic: Mosaic, fake_api: FakeApi) -> None:
    mosaic("gates", "report", "test", "--status", "forced", "--reason", "flaky")

    assert fake_api.calls[0][2] == {"status": "forced", "reason": "flaky"}
