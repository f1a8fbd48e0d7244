"""The @mosaic bot's own form of a delivery: our contract, so read strictly."""

import json
from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, WithJsonSchema
from pydantic.alias_generators import to_camel

from mosaic.base import SentInt
from mosaic.constraints import WebAddress
from mosaic.forge.claim import claim
from mosaic.forge.conversation import Origin, request
from mosaic.forge.errors import PayloadError
from mosaic.forge.intent import Action, CommentContext, Ignored, Intent, IssueContext
from mosaic.forge.mention import Call, addressed, is_bot
from mosaic.forge.mention import read as read_mention
from mosaic.forge.payload import RepositoryName, is_repository, read

MAX_TEXT = 65_536
"""Longest comment or body in characters, as on GitHub."""
MAX_CONTEXT_BYTES = 16_384
"""Size of all that `metadata` holds beyond its known keys, as JSON."""
MAX_CONTEXT_DEPTH = 8
"""How deep lists and objects in `metadata` may lie in each other."""

UNKNOWN_ACTOR = "?"
"""Who asked when the bot does not say: a login that no forge gives, so no right is ever mapped to it."""

_Text = Annotated[str, Field(max_length=MAX_TEXT)]
_Short = Annotated[str, Field(max_length=200)]
NUMBER_LIMIT = 2**63


def _named(value: object) -> object:
    return str(value) if type(value) is int and 0 <= value < NUMBER_LIMIT else value


_Identifier = Annotated[
    str,
    Field(min_length=1, max_length=200),
    BeforeValidator(_named),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1, "maxLength": 200},
                {"type": "integer", "minimum": 0, "exclusiveMaximum": NUMBER_LIMIT},
            ]
        }
    ),
]


class _Metadata(BaseModel):
    """What the bot knows beside; it may add more, up to 16 KiB."""

    model_config = ConfigDict(strict=True, frozen=True, extra="allow", alias_generator=to_camel)

    actor: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """Who asked, by login"""
    title: Annotated[str, Field(max_length=1024)] | None = None
    """The issue's title"""
    body: _Text | None = None
    """The issue's text"""
    url: WebAddress | None = None
    """Where it was said"""
    comment_id: _Identifier | None = None
    """The comment's id: the same comment makes one job, however often it is delivered"""
    labels: Annotated[list[_Short], Field(max_length=100)] = []
    """The issue's labels"""
    type: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    """The kind of job, one of the workspace's"""
    profile: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    """Who works on it"""

    def context(self) -> dict[str, JsonValue]:
        """The keys that others decide on: `type` and `profile` if given, and all we do not know."""
        asked = {"type": self.type, "profile": self.profile}
        return {name: value for name, value in asked.items() if value} | (self.model_extra or {})


class _Delivery(BaseModel):
    """What the bot heard on a forge."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", alias_generator=to_camel)

    issue_number: Annotated[SentInt, Field(ge=1, lt=NUMBER_LIMIT)]
    """The issue that it is about"""
    repository: RepositoryName
    """The repository that it is about, as `owner/name`"""
    action: Action
    """What happened on the forge"""
    comment: _Text | None = None
    """What was said"""
    metadata: _Metadata = _Metadata()
    """What else is known; more may be put in, up to 16 KiB"""

    def issue(self) -> IssueContext:
        """Return the issue in neutral words."""
        known = self.metadata
        return IssueContext(
            number=self.issue_number,
            title=known.title or "",
            body=known.body or "",
            url=known.url,
            labels=tuple(known.labels),
            comment=self._comment(),
        )

    def _comment(self) -> CommentContext | None:
        if self.comment is None:
            return None
        known = self.metadata
        author = known.actor or UNKNOWN_ACTOR
        return CommentContext(text=self.comment, author=author, id=known.comment_id)


def repository_of(payload: object) -> str | None:
    """Return the repository the payload claims to be about, or None; never raises. Nothing is proven yet."""
    name = payload.get("repository") if isinstance(payload, Mapping) else None
    return name if is_repository(name) else None


def parse(payload: object, bot: str, *, fingerprint: str) -> Intent:
    """Return what a delivery asks of the bot with the login `bot`.

    `fingerprint` is `signature.fingerprint` of the delivery: it stands for the comment's id in the claim when
    the metadata has none. Raises PayloadError, also for fields that the form does not have.
    """
    delivery = read(_Delivery, payload)
    if delivery.metadata.actor and is_bot(delivery.metadata.actor, bot):
        return Ignored(reason="sent by the bot itself")
    call = _call(delivery, bot)
    if call is None:
        return Ignored(reason=f"the comment does not mention @{bot}")
    return request(call, delivery.action, _origin(delivery, fingerprint))


def _call(delivery: _Delivery, bot: str) -> Call | None:
    """`mentioned` is the sender's word that the bot is meant; `commented` leaves it to the text."""
    text = delivery.comment or ""
    if delivery.action == "assigned":
        return Call(text.strip())
    call = read_mention(text, bot)
    return addressed(text) if call is None and delivery.action == "mentioned" else call


def _origin(delivery: _Delivery, fingerprint: str) -> Origin:
    known = delivery.metadata
    what = "assigned" if delivery.action == "assigned" else "comment"
    which = ("delivery", fingerprint) if known.comment_id is None else ("id", known.comment_id)
    return {
        "provider": "mosaic",
        "repository": delivery.repository,
        "issue": delivery.issue(),
        "actor": known.actor or UNKNOWN_ACTOR,
        "claim": claim("mosaic", delivery.repository, what, *which),
        "is_pull": False,
        "vouched": False,
        "metadata": _bounded(known.context()),
    }


def _bounded(context: dict[str, JsonValue]) -> dict[str, JsonValue]:
    if not _within(context, MAX_CONTEXT_DEPTH):
        raise PayloadError("metadata", f"should nest at most {MAX_CONTEXT_DEPTH} deep")
    try:
        size = len(json.dumps(context, allow_nan=False, ensure_ascii=False).encode())
    except ValueError:
        raise PayloadError("metadata", "should hold only finite numbers and valid Unicode") from None
    if size > MAX_CONTEXT_BYTES:
        raise PayloadError("metadata", f"should be at most {MAX_CONTEXT_BYTES} bytes beyond its known keys")
    return context


def _within(value: JsonValue, levels: int) -> bool:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return children is None or (levels > 0 and all(_within(child, levels - 1) for child in children))
