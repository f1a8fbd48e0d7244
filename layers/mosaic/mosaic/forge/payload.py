"""The payload fields in use. All other fields are ignored, since forges add fields at any time."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema

from mosaic.forge.errors import PayloadError
from mosaic.forge.hidden_text import marked
from mosaic.forge.intent import Author, CommentContext, CommentKind, IssueContext
from mosaic.validation_messages import MAX_FIELD_NAME, field_of, message_of

# GitHub's names are a subset of Gitea's. A part with only dots would be a path, not a name.
_REPOSITORY = re.compile(r"(?!\.+/)[A-Za-z0-9._-]{1,100}/(?!\.+$)[A-Za-z0-9._-]{1,100}")


_Model = TypeVar("_Model", bound=BaseModel)


def is_repository(name: object) -> bool:
    """Returns whether `name` has the form `owner/name`, in the characters that forges allow."""
    return isinstance(name, str) and _REPOSITORY.fullmatch(name) is not None


def _repository(name: str) -> str:
    if not is_repository(name):
        raise ValueError("should be owner/name")
    return name


RepositoryName = Annotated[
    str,
    AfterValidator(_repository),
    WithJsonSchema(
        {"type": "string", "pattern": f"^{_REPOSITORY.pattern}$", "maxLength": 201, "examples": ["acme/shop"]}
    ),
]
Identifier = Annotated[int, Field(ge=0, lt=2**63)]


class Lenient(BaseModel):
    """A part of a payload: unknown fields are ignored, known fields must have exactly their JSON type."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class User(Lenient):
    """An account on the forge; GitHub gives its `type`. Gitea's accounts without a person have ids below 0."""

    login: str
    id: int | None = None
    type: str | None = None

    @property
    def account_id(self) -> int | None:
        """The id of a person's or a program's account, None if the forge gives none."""
        return self.id if self.id is not None and 0 < self.id < 2**63 else None

    @property
    def is_program(self) -> bool:
        """Whether the forge marks the account as a program: an app, or GitHub's own automation."""
        return self.type == "Bot" or self.login.lower().endswith("[bot]")


class Label(Lenient):
    """A label of an issue."""

    name: str


class Repository(Lenient):
    """The repository of a delivery. Its id stays when it is renamed or transferred."""

    full_name: RepositoryName
    id: Identifier | None = None


class Issue(Lenient):
    """An issue or a pull request; both forges use the same fields for both."""

    number: Annotated[int, Field(ge=1, lt=2**63)]
    title: str | None = None
    body: str | None = None
    html_url: str | None = None
    labels: list[Label] | None = None
    assignees: list[User] | None = None
    user: User | None = None
    author_association: str | None = None
    updated_at: str | None = None
    pull_request: Any = None

    def context(self, author: Author | None, comment: CommentContext | None = None) -> IssueContext:
        """Returns this issue, which `author` wrote, in terms common to all forges.

        Marks replace text that the page hides.
        """
        return IssueContext(
            number=self.number,
            author=author,
            title=self.title or "",
            body=marked(self.body or ""),
            url=self.html_url,
            labels=tuple(label.name for label in self.labels or ()),
            comment=comment,
        )


class Comment(Lenient):
    """A comment, or the summary of a review. The author is None for a deleted account.

    A review has `submitted_at`, any other comment `created_at`. Gitea gives reviews no id.
    """

    id: Identifier | None
    body: str | None = None
    html_url: str | None = None
    user: User | None = None
    author_association: str | None = None
    created_at: str | None = None
    submitted_at: str | None = None

    def context(self, kind: CommentKind, at: datetime | None) -> CommentContext:
        """Returns this comment, written at that time, in terms common to all forges."""
        author = self.user or User(login="ghost")
        return CommentContext(
            text=self.body or "",
            author=author.login,
            author_id=author.account_id,
            id=None if self.id is None else str(self.id),
            url=self.html_url,
            kind=kind,
            at=at,
        )


class Delivery(Lenient):
    """The common fields of deliveries. Forges send no sender for some actions of their own."""

    repository: Repository
    sender: User | None = None


class IssueDelivery(Lenient):
    """An event of an issue; `assignee` is GitHub's name of the new assignee."""

    issue: Issue
    assignee: User | None = None


class PullDelivery(Lenient):
    """An event of a pull request."""

    pull_request: Issue
    assignee: User | None = None


class CommentDelivery(Lenient):
    """An event of a comment; `is_pull` is Gitea's mark for pull requests."""

    issue: Issue
    comment: Comment
    is_pull: bool = False


def parse_payload(model: type[_Model], payload: object) -> _Model:
    """Returns the fields of `payload` that `model` describes; raises PayloadError for the first invalid field."""
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = field_of(first, payload) or "body"
        raise PayloadError(field[:MAX_FIELD_NAME], message_of(first)) from None


def repository_id_of(payload: object) -> int | None:
    """Returns the forge's id of the repository that a payload names, or None; never raises."""
    repository = payload.get("repository") if isinstance(payload, Mapping) else None
    known = repository.get("id") if isinstance(repository, Mapping) else None
    return known if isinstance(known, int) and 0 < known < 2**63 else None


def repository_of(payload: object) -> str | None:
    """Returns the repository that a forge's payload names, or None; never raises.

    The payload is not authenticated yet. The name selects the secret to verify the signature with.
    """
    repository = payload.get("repository") if isinstance(payload, Mapping) else None
    name = repository.get("full_name") if isinstance(repository, Mapping) else None
    return name if is_repository(name) else None
