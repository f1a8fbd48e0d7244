"""The job and the commit that a git checkout is about: its branch is `mosaic/JOB`."""

from __future__ import annotations

from collections.abc import Mapping

from mosaic_cli.errors import WrongUsage

PREFIX = "mosaic/"
# Where a CI checks out a commit without its branch, these name the branch.
BRANCH_VARIABLES = ("GITHUB_HEAD_REF", "GITHUB_REF_NAME", "CI_COMMIT_REF_NAME", "BRANCH_NAME", "DRONE_BRANCH")
SECONDS = 10


def branch(environment: Mapping[str, str]) -> str | None:
    """The branch of the checkout in the working directory, None if there is none."""
    named = _git("symbolic-ref", "--quiet", "--short", "HEAD")
    if named:
        return named
    return next((environment[name] for name in BRANCH_VARIABLES if environment.get(name)), None)


def job(environment: Mapping[str, str]) -> str:
    """The id in the name of the branch. Raises WrongUsage for a branch that is no job's."""
    found = branch(environment)
    if found is None or not found.startswith(PREFIX):
        where = f"the branch {found} is" if found else "this folder is"
        raise WrongUsage(f"which job? {where} no checkout of a branch {PREFIX}ID: give JOB before GATE")
    return found.removeprefix(PREFIX)


def commit(environment: Mapping[str, str], job_id: str) -> str | None:
    """The commit that is checked out, if its branch is the job's. Raises WrongUsage for a merge that a CI made."""
    if branch(environment) != PREFIX + job_id:
        return None
    if environment.get("GITHUB_HEAD_REF"):
        # A workflow on pull_request checks out a merge with the base, which is no commit of the job.
        raise WrongUsage("what is checked out is a merge for a pull request: give --commit")
    return _git("rev-parse", "HEAD")


def _git(*arguments: str) -> str | None:
    import subprocess

    try:
        done = subprocess.run(  # noqa: S603 - git, with constant arguments
            ["git", *arguments],  # noqa: S607 - the git of the user's PATH
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None
