"""People talk to the bot in comments and issues, or hand it an issue; the same on both forges."""

from collections.abc import Iterable, Mapping
from typing import TypedDict

from pydantic import JsonValue

from mosaic.forge.claim import claim
from mosaic.forge.intent import (
    Action,
    CommandRequested,
    Ignored,
    Intent,
    IssueContext,
    JobRequested,
    Provider,
)
from mosaic.forge.mention import Call, is_bot, read
from mosaic.forge.payload import Comment, Issue, User
from mosaic.forge.route import Source

# https://docs.github.com/en/graphql/reference/enums#commentauthorassociation; Gitea says nothing of the kind.
BELONGING = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})


class Origin(TypedDict):
    """What every request says of where it comes from."""

    provider: Provider
    repository: str
    issue: IssueContext
    actor: str
    claim: str
    is_pull: bool
    vouched: bool
    metadata: Mapping[str, JsonValue]


def request(call: Call, action: Action, origin: Origin) -> JobRequested | CommandRequested:
    """Return what `call` asks for; a call without words asks for what the issue says."""
    if call.command:
        return CommandRequested(command=call.command, argument=call.text, **origin)
    return JobRequested(action=action, instructions=call.text or origin["issue"].task, **origin)


def commented(
    source: Source,
    issue: Issue,
    comment: Comment,
    *,
    is_pull: bool,
    kind: str = "comment",
    metadata: Mapping[str, JsonValue] | None = None,
) -> Intent:
    """A comment was written. `kind` tells apart comments whose ids the forge counts separately."""
    call = read(comment.body or "", source.bot)
    if call is None:
        return Ignored(reason=f"the comment does not mention @{source.bot}")
    origin = _origin(source, issue.context(comment.context()), is_pull, kind, comment.id, "created")
    vouched = _vouched(source, comment)
    return request(call, "mentioned", {**origin, "vouched": vouched, "metadata": metadata or {}})


def opened(source: Source, issue: Issue, *, is_pull: bool) -> Intent:
    """An issue was opened.

    Opened with the bot among its assignees, it is also delivered as an assignment in the same second: the two
    are one piece of work, so they claim the same.
    """
    call = read(issue.body or "", source.bot)
    if call is None:
        return Ignored(reason=f"the text does not mention @{source.bot}")
    if _has_bot(source, issue.assignees or ()):
        return _assignment(source, issue, is_pull)
    origin = _origin(source, issue.context(), is_pull, "issue", issue.number, "opened")
    return request(call, "mentioned", {**origin, "vouched": _vouched(source, issue)})


def assigned(source: Source, issue: Issue, assignees: Iterable[User], *, is_pull: bool) -> Intent:
    """An issue was assigned, as far as we know to one of `assignees`.

    The claim holds the time of the assignment: a replay is the same, assigning again later is not.
    """
    if not _has_bot(source, assignees):
        return Ignored(reason=f"assigned to someone else than @{source.bot}")
    return _assignment(source, issue, is_pull)


def _assignment(source: Source, issue: Issue, is_pull: bool) -> JobRequested:
    context = issue.context()
    parts = ("issue", issue.number, "assigned", source.bot.lower(), issue.updated_at)
    origin = {**_origin(source, context, is_pull, *parts), "vouched": _vouched(source, issue)}
    return JobRequested(action="assigned", instructions=context.task, **origin)


def _origin(source: Source, issue: IssueContext, is_pull: bool, *parts: str | int | None) -> Origin:
    return {
        "provider": source.provider,
        "repository": source.repository,
        "issue": issue,
        "actor": source.actor,
        "claim": claim(source.provider, source.repository, *parts),
        "is_pull": is_pull,
        "vouched": False,
        "metadata": {},
    }


def _vouched(source: Source, written: Issue | Comment) -> bool:
    """Whether the forge says that who wrote this, and asks by it, belongs to the repository."""
    by_who_asks = written.user is not None and written.user.login == source.actor
    return source.provider == "github" and by_who_asks and written.author_association in BELONGING


def _has_bot(source: Source, users: Iterable[User]) -> bool:
    return any(is_bot(user.login, source.bot) for user in users)
