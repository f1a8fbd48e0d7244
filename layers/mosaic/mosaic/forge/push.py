"""A branch has moved: the push of GitHub and of Gitea, which use the same words."""

from collections.abc import Mapping
from datetime import UTC, datetime

from mosaic.forge.gates import commit_id
from mosaic.forge.intent import CommitPushed, Ignored, Intent
from mosaic.forge.payload import Lenient, read
from mosaic.forge.route import Source

_BRANCH = "refs/heads/"
_LONGEST_BRANCH = 255
_END_OF_TIME = 2**37


class _Repository(Lenient):
    pushed_at: int | str | None = None


class _PushDelivery(Lenient):
    ref: str
    before: str
    after: str
    repository: _Repository


def pushed(payload: Mapping[str, object], source: Source) -> Intent:
    """A push to a branch, whoever did it: that the bot pushed what its agent has made is what we wait for.

    Raises PayloadError when a commit is no full SHA.
    """
    push = read(_PushDelivery, payload)
    branch = push.ref.removeprefix(_BRANCH)
    if branch == push.ref or len(branch) > _LONGEST_BRANCH:
        return Ignored(reason="the push is not to a branch")
    before, after = commit_id("before", push.before), commit_id("after", push.after)
    if set(after) == {"0"}:
        return Ignored(reason="the branch is gone")
    return CommitPushed(
        provider=source.provider,
        repository=source.repository,
        branch=branch,
        before=before,
        after=after,
        at=_moment(push.repository.pushed_at),
        actor=source.actor,
    )


def _moment(pushed_at: int | str | None) -> datetime | None:
    """When GitHub took the push, in seconds since 1970; Gitea does not say."""
    if not isinstance(pushed_at, int) or not 0 < pushed_at < _END_OF_TIME:
        return None
    return datetime.fromtimestamp(pushed_at, UTC)
