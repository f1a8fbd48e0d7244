"""Checks on a commit: what the words of the forges come to."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from mosaic.forge.errors import PayloadError
from mosaic.forge.intent import Check, GateOutcome, GateReported, Intent
from mosaic.forge.numbers import numbers_in
from mosaic.forge.route import Source

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")

OUTCOMES: dict[str, GateOutcome] = {
    "pending": "pending",
    "queued": "pending",
    "in_progress": "pending",
    "waiting": "pending",
    "requested": "pending",
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
"""States of GitHub's and Gitea's commit statuses (`warning` is Gitea's), states and conclusions of GitHub's check runs.

Only `success` passes. A word not in the table is an error: the forge said something we cannot judge.
"""

_LONGEST_URL = 2048


@dataclass(frozen=True)
class Order:
    """The place of one result among all of its check on its commit: the forge's number of it, then when and which of
    several at once.
    """

    number: int
    at: datetime | None = None
    rank: int = 0

    def __str__(self) -> str:
        """Sorts as text as the results came about."""
        moment = self.at.astimezone(UTC).isoformat(timespec="microseconds") if self.at else ""
        return f"{self.number:020d} {moment} {self.rank}"


def reported(
    source: Source,
    *,
    check: Check,
    context: str,
    commit: tuple[str, str],
    branches: tuple[str, ...],
    state: str,
    order: Order,
    reporter: str,
    url: str | None,
    description: str | None,
    texts: tuple[str | None, ...] = (),
) -> Intent:
    """A check named `context` came to `state`. `commit` is the SHA and the field it was in.

    `texts` tell its numbers, beside the description. Raises PayloadError when the commit is no full SHA.
    """
    return GateReported(
        provider=source.provider,
        repository=source.repository,
        check=check,
        context=context,
        commit_sha=commit_id(*commit),
        branches=branches,
        status=OUTCOMES.get(state, "error"),
        reporter=reporter,
        order=str(order),
        at=order.at,
        url=url if url and len(url) <= _LONGEST_URL else None,
        description=description,
        numbers=numbers_in(description, *texts),
    )


def commit_id(field: str, sha: str) -> str:
    """`sha` if it is a whole commit id in lower case; raises PayloadError for the field that it was in."""
    if not _COMMIT.fullmatch(sha):
        raise PayloadError(field, "should be a full commit id in lower case hex")
    return sha


def moment(text: str | None) -> datetime | None:
    """A time as forges write it; None for what is none, or has no offset."""
    try:
        found = datetime.fromisoformat(text) if text else None
        return found.astimezone(UTC) if found and found.tzinfo else None
    except (ValueError, OverflowError):
        return None
