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
from mosaic.forge.mention import Mention, is_bot, parse_mention
from mosaic.forge.payload import Comment, Issue, User
from mosaic.forge.route import DeliverySource

# https://docs.github.com/en/graphql/reference/enums#commentauthorassociation; Gitea says nothing of the kind.
TRUSTED_ASSOCIATIONS = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})


class RequestFields(TypedDict):
    """What every request says of where it comes from."""

    provider: Provider
    repository: str
    issue: IssueContext
    actor: str
    claim: str
    is_pull: bool
    is_collaborator: bool
    metadata: Mapping[str, JsonValue]


def request(mention: Mention, action: Action, fields: RequestFields) -> JobRequested | CommandRequested:
    """Return what `call` asks for; a call without words asks for what the issue says."""
    if mention.command:
        return CommandRequested(command=mention.command, argument=mention.text, **fields)
    return JobRequested(action=action, instructions=mention.text or fields["issue"].task, **fields)


def comment_created(
    source: DeliverySource,
    issue: Issue,
    comment: Comment,
    *,
    is_pull: bool,
    kind: str = "comment",
    metadata: Mapping[str, JsonValue] | None = None,
) -> Intent:
    """A comment was written. `kind` tells apart comments whose ids the forge counts separately."""
    mention = parse_mention(comment.body or "", source.bot)
    if mention is None:
        return Ignored(reason=f"the comment does not mention @{source.bot}")
    fields = _request_fields(source, issue.context(comment.context()), is_pull, kind, comment.id, "created")
    is_collaborator = _is_collaborator(source, comment)
    return request(mention, "mentioned", {**fields, "vouched": is_collaborator, "metadata": metadata or {}})


def issue_opened(source: DeliverySource, issue: Issue, *, is_pull: bool) -> Intent:
    """An issue was opened.

    Opened with the bot among its assignees, it is also delivered as an assignment in the same second: the two
    are one piece of work, so they claim the same.
    """
    mention = parse_mention(issue.body or "", source.bot)
    if mention is None:
        return Ignored(reason=f"the text does not mention @{source.bot}")
    if _has_bot(source, issue.assignees or ()):
        return _assignment(source, issue, is_pull)
    fields = _request_fields(source, issue.context(), is_pull, "issue", issue.number, "opened")
    return request(mention, "mentioned", {**fields, "vouched": _is_collaborator(source, issue)})


def issue_assigned(
    source: DeliverySource, issue: Issue, assignees: Iterable[User], *, is_pull: bool
) -> Intent:
    """An issue was assigned, as far as we know to one of `assignees`.

    The claim holds the time of the assignment: a replay is the same, assigning again later is not.
    """
    if not _has_bot(source, assignees):
        return Ignored(reason=f"assigned to someone other than @{source.bot}")
    return _assignment(source, issue, is_pull)


def _assignment(source: DeliverySource, issue: Issue, is_pull: bool) -> JobRequested:
    context = issue.context()
    parts = ("issue", issue.number, "assigned", source.bot.lower(), issue.updated_at)
    fields = {**_request_fields(source, context, is_pull, *parts), "vouched": _is_collaborator(source, issue)}
    return JobRequested(action="assigned", instructions=context.task, **fields)


def _request_fields(
    source: DeliverySource, issue: IssueContext, is_pull: bool, *parts: str | int | None
) -> RequestFields:
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


def _is_collaborator(source: DeliverySource, written: Issue | Comment) -> bool:
    """Whether the forge says that who wrote this, and asks by it, belongs to the repository."""
    is_author = written.user is not None and written.user.login == source.actor
    return source.provider == "github" and is_author and written.author_association in TRUSTED_ASSOCIATIONS


def _has_bot(source: DeliverySource, users: Iterable[User]) -> bool:
    return any(is_bot(user.login, source.bot) for user in users)
