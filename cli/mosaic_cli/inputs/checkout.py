"""The job and the commit of a git checkout whose branch is `mosaic/JOB`."""

from __future__ import annotations

from collections.abc import Mapping

from mosaic_cli.errors import WrongUsage

PREFIX = "mosaic/"
# The variables in which CI systems name the branch when they check out a commit.
BRANCH_VARIABLES = ("GITHUB_HEAD_REF", "GITHUB_REF_NAME", "CI_COMMIT_REF_NAME", "BRANCH_NAME", "DRONE_BRANCH")
SECONDS = 10


def branch(environment: Mapping[str, str]) -> str | None:
    """Returns the branch of the checkout in the working directory, None without one."""
    name = _git("symbolic-ref", "--quiet", "--short", "HEAD")
    if name:
        return name
    return next((environment[variable] for variable in BRANCH_VARIABLES if environment.get(variable)), None)


def job(environment: Mapping[str, str]) -> str:
    """Returns the job id in the branch name. Raises WrongUsage for any other branch."""
    name = branch(environment)
    if name is None or not name.startswith(PREFIX):
        reason = f"the branch is {name}, not {PREFIX}ID" if name else "this folder is not a git checkout"
        raise WrongUsage(f"the job is unknown: {reason}; give JOB before GATE")
    return name.removeprefix(PREFIX)


def commit(environment: Mapping[str, str], job_id: str) -> str | None:
    """Returns the checked-out commit if the branch is the job's. Raises WrongUsage for a CI's merge commit."""
    if branch(environment) != PREFIX + job_id:
        return None
    if environment.get("GITHUB_HEAD_REF"):
        # A workflow on pull_request checks out a merge with the base, not a commit of the job.
        raise WrongUsage("the checkout is a merge commit of a pull request: give --commit")
    return _git("rev-parse", "HEAD")


def _git(*arguments: str) -> str | None:
    import subprocess

    try:
        process = subprocess.run(  # noqa: S603 - git, with constant arguments
            ["git", *arguments],  # noqa: S607 - the git of the user's PATH
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return process.stdout.strip() or None if process.returncode == 0 else None
