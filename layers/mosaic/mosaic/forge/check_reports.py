"""Maps the checks of forges to gate reports."""

import re
from datetime import UTC, datetime

from mosaic.forge.errors import PayloadError
from mosaic.forge.event_handlers import DeliverySource
from mosaic.forge.intent import Check, GateOutcome, GateReported, Intent
from mosaic.forge.numbers import numbers_in
from mosaic.jobs.check_versions import CheckVersion

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
"""States of GitHub's and Gitea's commit statuses (`warning` is Gitea's), states and conclusions of GitHub's
check runs.

Only `success` passes. An unknown state counts as `error`.
"""

_MAX_URL = 2048


def gate_reported(
    source: DeliverySource,
    *,
    check: Check,
    context: str,
    commit: tuple[str, str],
    branches: tuple[str, ...],
    state: str,
    version: CheckVersion,
    reporter: str,
    url: str | None,
    description: str | None,
    texts: tuple[str | None, ...] = (),
) -> Intent:
    """Returns the report of a check. `commit` is the SHA and the name of its payload field.

    The description and `texts` are searched for numbers. Raises PayloadError for an incomplete SHA.
    """
    return GateReported(
        provider=source.provider,
        repository=source.repository,
        repository_id=source.repository_id,
        check=check,
        context=context,
        commit_sha=commit_id(*commit),
        branches=branches,
        status=OUTCOMES.get(state, "error"),
        reporter=reporter,
        reporter_id=source.actor_id if reporter is source.actor else None,
        version=version,
        at=version.completed_at or version.updated_at or version.started_at,
        url=url if url and len(url) <= _MAX_URL else None,
        description=description,
        numbers=numbers_in(description, *texts),
    )


def commit_id(field: str, sha: str) -> str:
    """Returns `sha`; raises PayloadError unless it is a full commit id in lower case."""
    if not _COMMIT.fullmatch(sha):
        raise PayloadError(field, "should be a full commit id in lower case hex")
    return sha


def parse_time(text: str | None) -> datetime | None:
    """Returns the time in a forge's format, None for other text and for times without an offset."""
    try:
        time = datetime.fromisoformat(text) if text else None
        return time.astimezone(UTC) if time and time.tzinfo else None
    except (ValueError, OverflowError):
        return None
