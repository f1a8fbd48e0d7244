"""Checks that ended on a commit: what the words of the forges come to."""

import re

from mosaic.forge.claim import claim
from mosaic.forge.errors import PayloadError
from mosaic.forge.intent import GateOutcome, GateReported, Ignored, Intent
from mosaic.forge.route import Source

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")

OUTCOMES: dict[str, GateOutcome] = {
    "success": "passed",
    "failure": "failed",
    "error": "error",
    "timed_out": "error",
    "startup_failure": "error",
    "action_required": "error",
    "cancelled": "error",
    "skipped": "skipped",
    "neutral": "skipped",
    "stale": "skipped",
    "warning": "skipped",
}
"""States of GitHub's and Gitea's commit statuses (`warning` is Gitea's) and conclusions of GitHub's check runs.

Only `success` passes. A word not in the table is an error: the forge said something we cannot judge.
"""

_UNFINISHED = "pending"


def reported(
    source: Source,
    *,
    context: str,
    commit: tuple[str, str],
    state: str,
    run: tuple[str | int | None, ...],
    reporter: str,
    url: str | None,
    description: str | None,
) -> Intent:
    """A check named `context` came to `state`. `commit` is the SHA and the field it was in.

    `run` names this one result of the check among others (ids, times), for the claim.
    Raises PayloadError when the commit is no full SHA.
    """
    if state == _UNFINISHED:
        return Ignored(reason=f"the check is {state}")
    field, sha = commit
    if not _COMMIT.fullmatch(sha):
        raise PayloadError(field, "should be a full commit id in lower case hex")
    return GateReported(
        provider=source.provider,
        repository=source.repository,
        context=context,
        commit_sha=sha,
        status=OUTCOMES.get(state, "error"),
        reporter=reporter,
        claim=claim(source.provider, source.repository, "gate", *run, sha, context, state),
        url=url,
        description=description,
    )
