"""Comments, issues and assignments that request work of the bot, in the form shared by both forges."""

import re
from collections.abc import Iterable, Mapping
from typing import TypedDict

from pydantic import JsonValue

from mosaic.forge.check_reports import parse_time
from mosaic.forge.claim import claim
from mosaic.forge.command_text import CommandText
from mosaic.forge.errors import PayloadError
from mosaic.forge.event_handlers import DeliverySource
from mosaic.forge.intent import (
    Action,
    Author,
    CommandRequested,
    CommentKind,
    Ignored,
    Intent,
    IssueContext,
    JobRequested,
    Provider,
)
from mosaic.forge.mention import Mention, is_bot, parse_mention
from mosaic.forge.payload import Comment, Issue, User
from mosaic.jobs.actors import same_login

# https://docs.github.com/en/graphql/reference/enums#commentauthorassociation; Gitea has no such field.
TRUSTED_ASSOCIATIONS = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})


class RequestFields(TypedDict):
    """The fields that all requests have."""

    provider: Provider
    repository: str
    repository_id: str | None
    issue: IssueContext
    actor: str
    actor_id: int | None
    claim: str
    is_pull: bool
    is_collaborator: bool
    association: str | None
    is_bot: bool
    metadata: Mapping[str, JsonValue]


# The bot's own comments begin with a marker (`mosaic.forge.comment`, `mosaic.forge.answer_comment`).
_OWN_MARKER = re.compile(r"^[ \t]*<!-- mosaic:[A-Za-z0-9]{1,40} -->", re.MULTILINE)


def request(mention: Mention, action: Action, fields: RequestFields) -> JobRequested | CommandRequested:
    """Returns the request of a mention. Without instructions, those are the issue's title and text.

    A text with a word that may be the short code of a job is a command, and otherwise what it is without a code.
    """
    instructions = mention.text or fields["issue"].task
    is_addressed = mention.is_addressed and bool(mention.text)
    task = JobRequested(action=action, instructions=instructions, is_addressed=is_addressed, **fields)
    if not mention.commands:
        return task
    otherwise: JobRequested | CommandRequested | None = None if mention.commands[-1].certain else task
    first, *others = mention.commands
    for reading in reversed(others):
        otherwise = _command(reading, otherwise, fields)
    return _command(first, otherwise, fields)


def _command(
    reading: CommandText, otherwise: JobRequested | CommandRequested | None, fields: RequestFields
) -> CommandRequested:
    return CommandRequested(
        command=reading.command,
        argument=reading.argument,
        code=reading.code,
        attempt=reading.attempt,
        otherwise=otherwise,
        **fields,
    )


def comment_created(
    source: DeliverySource,
    issue: Issue,
    comment: Comment,
    *,
    is_pull: bool,
    kind: CommentKind = "comment",
    metadata: Mapping[str, JsonValue] | None = None,
    identity: str | None = None,
) -> Intent:
    """Returns the intent of a new comment. `kind` separates comments with ids from different sequences.

    `identity` replaces the id of a comment that has none.
    """
    mention = parse_mention(comment.body or "", source.bot)
    if mention is None:
        return Ignored(reason=f"the comment does not mention @{source.bot}")
    if _OWN_MARKER.search(comment.body or ""):
        return Ignored(reason="the comment is a copy of the bot's own")
    if identity is None and comment.id is None:
        raise PayloadError("comment.id", "should be a number")
    written_at = parse_time(comment.created_at or comment.submitted_at)
    context = issue.context(_author(source, issue), comment.context(kind, written_at))
    fields = _request_fields(source, context, is_pull, kind, identity or comment.id, "created")
    return request(
        mention, "mentioned", {**_with_association(fields, source, comment), "metadata": metadata or {}}
    )


def issue_opened(source: DeliverySource, issue: Issue, *, is_pull: bool) -> Intent:
    """Returns the intent of a new issue.

    An issue that already has the bot as an assignee is also delivered as an assignment. Both get the same
    claim, so they create one job.
    """
    mention = parse_mention(issue.body or "", source.bot)
    if mention is None:
        return Ignored(reason=f"the text does not mention @{source.bot}")
    if _OWN_MARKER.search(issue.body or ""):
        return Ignored(reason="the text is a copy of a comment of the bot")
    if _has_bot(source, issue.assignees or ()):
        return _assignment(source, issue, is_pull)
    context = issue.context(_author(source, issue))
    fields = _request_fields(source, context, is_pull, "issue", issue.number, "opened")
    return request(mention, "mentioned", _with_association(fields, source, issue))


def issue_assigned(
    source: DeliverySource, issue: Issue, assignees: Iterable[User], *, is_pull: bool
) -> Intent:
    """Returns the intent of an assignment to one of `assignees`.

    The claim holds the time of the assignment: a replay has the same claim, a later assignment a new one.
    """
    if not _has_bot(source, assignees):
        return Ignored(reason=f"assigned to someone other than @{source.bot}")
    return _assignment(source, issue, is_pull)


def _assignment(source: DeliverySource, issue: Issue, is_pull: bool) -> JobRequested:
    context = issue.context(_author(source, issue))
    parts = ("issue", issue.number, "assigned", source.bot.lower())
    first = claim(source.provider, source.repository, source.repository_id, *parts, "first")
    others = [user for user in issue.assignees or () if not is_bot(user.login, source.bot)]
    fields = _request_fields(source, context, is_pull, *parts, issue.updated_at)
    return JobRequested(
        action="assigned",
        instructions=context.task,
        first_claim=None if source.provider == "github" else first,
        other_assignees=bool(others),
        **_with_association(fields, source, issue),
    )


def _request_fields(
    source: DeliverySource, issue: IssueContext, is_pull: bool, *parts: str | int | None
) -> RequestFields:
    return {
        "provider": source.provider,
        "repository": source.repository,
        "repository_id": source.repository_id,
        "issue": issue,
        "actor": source.actor,
        "actor_id": source.actor_id,
        "claim": claim(source.provider, source.repository, source.repository_id, *parts),
        "is_pull": is_pull,
        "is_collaborator": False,
        "association": None,
        "is_bot": source.is_program,
        "metadata": {},
    }


def _author(source: DeliverySource, written: Issue | Comment) -> Author | None:
    """Returns the author of the text, None for a deleted account. Only GitHub says who is a collaborator."""
    if written.user is None:
        return None
    trusted = source.provider == "github" and written.author_association in TRUSTED_ASSOCIATIONS
    return Author(
        login=written.user.login,
        id=written.user.account_id,
        is_collaborator=trusted,
        association=written.author_association if trusted else None,
    )


def _with_association(
    fields: RequestFields, source: DeliverySource, written: Issue | Comment
) -> RequestFields:
    """Returns the fields with what the forge says about the requester, if that is the author of the text."""
    author = _author(source, written)
    if author is None or not same_login(author.login, source.actor):
        return fields
    return {**fields, "is_collaborator": author.is_collaborator, "association": author.association}


def _has_bot(source: DeliverySource, users: Iterable[User]) -> bool:
    return any(is_bot(user.login, source.bot) for user in users)
