"""The @mosaic bot's own webhook. Its format is defined here, so parsing is strict."""

import json
from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, WithJsonSchema
from pydantic.alias_generators import to_camel

from mosaic.base import SentInt
from mosaic.constraints import WebAddress
from mosaic.forge.claim import claim
from mosaic.forge.errors import PayloadError
from mosaic.forge.event_handlers import UNKNOWN_ACTOR
from mosaic.forge.hidden_text import marked
from mosaic.forge.intent import Action, Author, CommentContext, Ignored, Intent, IssueContext
from mosaic.forge.issue_requests import RequestFields, request
from mosaic.forge.mention import Mention, is_bot, parse_addressed_text, parse_mention
from mosaic.forge.payload import RepositoryName, is_repository, parse_payload

MAX_TEXT = 65_536
"""The maximum length of a comment or body in characters, as on GitHub."""
MAX_CONTEXT_BYTES = 16_384
"""The maximum size, as JSON, of `metadata` besides its known keys."""
MAX_CONTEXT_DEPTH = 8
"""The maximum nesting of lists and objects in `metadata`."""

_Text = Annotated[str, Field(max_length=MAX_TEXT)]
_Short = Annotated[str, Field(max_length=200)]
NUMBER_LIMIT = 2**63


def _number_as_text(value: object) -> object:
    return str(value) if type(value) is int and 0 <= value < NUMBER_LIMIT else value


_Identifier = Annotated[
    str,
    Field(min_length=1, max_length=200),
    BeforeValidator(_number_as_text),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1, "maxLength": 200},
                {"type": "integer", "minimum": 0, "exclusiveMaximum": NUMBER_LIMIT},
            ]
        }
    ),
]


class BotMetadata(BaseModel):
    """Optional details of the delivery. The bot may add further fields, up to 16 KiB."""

    model_config = ConfigDict(strict=True, frozen=True, extra="allow", alias_generator=to_camel)

    actor: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """The requester's login"""
    issue_author: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """The login of the issue's author; without it, the title and the text count as a guest's"""
    title: Annotated[str, Field(max_length=1024)] | None = None
    """The issue's title"""
    body: _Text | None = None
    """The issue's text"""
    url: WebAddress | None = None
    """The page with the message"""
    comment_id: _Identifier | None = None
    """The comment's id: a comment creates one job, regardless of the number of deliveries"""
    labels: Annotated[list[_Short], Field(max_length=100)] = []
    """The issue's labels"""
    type: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    """The job type, one of the workspace's"""
    profile: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    """The agent's profile"""

    def context(self) -> dict[str, JsonValue]:
        """Returns `type` and `profile` if given, and all unknown keys."""
        metadata = {"type": self.type, "profile": self.profile}
        return {name: value for name, value in metadata.items() if value} | (self.model_extra or {})


class BotDelivery(BaseModel):
    """An event on a forge, sent by the bot."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", alias_generator=to_camel)

    issue_number: Annotated[SentInt, Field(ge=1, lt=NUMBER_LIMIT)]
    """The number of the issue"""
    repository: RepositoryName
    """The repository, as `owner/name`"""
    action: Action
    """The event"""
    comment: _Text | None = None
    """The text of the comment"""
    metadata: BotMetadata = BotMetadata()
    """Optional details; further fields are allowed, up to 16 KiB"""

    def issue(self) -> IssueContext:
        """Returns the issue in terms common to all forges. Marks replace text that its page hides."""
        metadata = self.metadata
        return IssueContext(
            number=self.issue_number,
            author=Author(login=metadata.issue_author) if metadata.issue_author else None,
            title=metadata.title or "",
            body=marked(metadata.body or ""),
            url=metadata.url,
            labels=tuple(metadata.labels),
            comment=self._comment(),
        )

    def _comment(self) -> CommentContext | None:
        if self.comment is None:
            return None
        metadata = self.metadata
        author = metadata.actor or UNKNOWN_ACTOR
        return CommentContext(text=self.comment, author=author, id=metadata.comment_id)


def repository_of(payload: object) -> str | None:
    """Returns the repository that the payload names, or None; never raises. The payload is not authenticated
    yet.
    """
    name = payload.get("repository") if isinstance(payload, Mapping) else None
    return name if is_repository(name) else None


def parse(payload: object, bot: str, *, fingerprint: str) -> Intent:
    """Returns the intent of a delivery for the bot with the login `bot`.

    `fingerprint` is `signature.fingerprint` of the delivery. It replaces a missing comment id in the claim.
    Raises PayloadError, also for unknown fields.
    """
    delivery = parse_payload(BotDelivery, payload)
    if delivery.metadata.actor and is_bot(delivery.metadata.actor, bot):
        return Ignored(reason="sent by the bot itself")
    mention = _mention(delivery, bot)
    if mention is None:
        return Ignored(reason=f"the comment does not mention @{bot}")
    return request(mention, delivery.action, _request_fields(delivery, fingerprint))


def _mention(delivery: BotDelivery, bot: str) -> Mention | None:
    """`mentioned` addresses the bot by definition; for `commented` the text decides."""
    text = delivery.comment or ""
    if delivery.action == "assigned":
        return Mention(marked(text).strip())
    mention = parse_mention(text, bot)
    return parse_addressed_text(text) if mention is None and delivery.action == "mentioned" else mention


def _request_fields(delivery: BotDelivery, fingerprint: str) -> RequestFields:
    metadata = delivery.metadata
    kind = "assigned" if delivery.action == "assigned" else "comment"
    identity = ("delivery", fingerprint) if metadata.comment_id is None else ("id", metadata.comment_id)
    return {
        "provider": "mosaic",
        "repository": delivery.repository,
        "repository_id": None,
        "issue": delivery.issue(),
        "actor": metadata.actor or UNKNOWN_ACTOR,
        "actor_id": None,
        "claim": claim("mosaic", delivery.repository, None, kind, *identity),
        "is_pull": False,
        "is_collaborator": False,
        "association": None,
        "is_bot": False,
        "metadata": _bounded(metadata.context()),
    }


def _bounded(context: dict[str, JsonValue]) -> dict[str, JsonValue]:
    if not _within(context, MAX_CONTEXT_DEPTH):
        raise PayloadError("metadata", f"should nest at most {MAX_CONTEXT_DEPTH} deep")
    try:
        size = len(json.dumps(context, allow_nan=False, ensure_ascii=False).encode())
    except ValueError:
        raise PayloadError("metadata", "should hold only finite numbers and valid Unicode") from None
    if size > MAX_CONTEXT_BYTES:
        raise PayloadError(
            "metadata", f"should have at most {MAX_CONTEXT_BYTES} bytes besides its known keys"
        )
    return context


def _within(value: JsonValue, levels: int) -> bool:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return children is None or (levels > 0 and all(_within(child, levels - 1) for child in children))
