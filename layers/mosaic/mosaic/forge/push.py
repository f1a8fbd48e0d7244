"""Parses pushes of GitHub and Gitea, which use the same fields."""

from collections.abc import Mapping
from datetime import UTC, datetime

from mosaic.forge.check_reports import commit_id
from mosaic.forge.event_handlers import DeliverySource
from mosaic.forge.intent import CommitPushed, Ignored, Intent
from mosaic.forge.payload import parse_payload
from mosaic.forge.pushed_files import PushDelivery, changed_files, unknown_files

_BRANCH = "refs/heads/"
_MAX_BRANCH = 255
_END_OF_TIME = 2**37


def parse_push(payload: Mapping[str, object], source: DeliverySource) -> Intent:
    """Returns a push to a branch. Pushes by the bot count: they carry the agent's commits.

    Raises PayloadError for an incomplete SHA.
    """
    push = parse_payload(PushDelivery, payload)
    branch = push.ref.removeprefix(_BRANCH)
    if branch == push.ref or len(branch) > _MAX_BRANCH:
        return Ignored(reason="the push is not to a branch")
    before, after = commit_id("before", push.before), commit_id("after", push.after)
    unknown = unknown_files(push)
    if set(after) == {"0"}:
        return Ignored(reason="the branch is gone")
    return CommitPushed(
        provider=source.provider,
        repository=source.repository,
        repository_id=source.repository_id,
        branch=branch,
        before=before,
        after=after,
        at=_moment(push.repository.pushed_at),
        actor=source.actor,
        actor_id=source.actor_id,
        paths=() if unknown else tuple(dict.fromkeys(changed_files(push))),
        unknown_paths=unknown,
    )


def _moment(pushed_at: int | str | None) -> datetime | None:
    """The time of the push from GitHub's Unix seconds; Gitea sends none."""
    if not isinstance(pushed_at, int) or not 0 < pushed_at < _END_OF_TIME:
        return None
    return datetime.fromtimestamp(pushed_at, UTC)
