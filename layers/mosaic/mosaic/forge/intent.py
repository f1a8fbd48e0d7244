"""The intent of a delivery, in terms common to all forges.

Texts are unchanged: untrusted and of any length. Their users must cut and escape them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from mosaic.jobs.actors import with_id
from mosaic.jobs.check_versions import CheckVersion

Provider = Literal["github", "gitea", "forgejo", "mosaic"]
Action = Literal["assigned", "mentioned", "commented"]
Command = Literal["cancel", "retry", "status", "approve", "deny"]
CommentKind = Literal["comment", "review_comment", "review"]
GateOutcome = Literal["pending", "passed", "failed", "error", "skipped"]
Check = Literal["status", "check_run"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Author(_Frozen):
    """The author of a text, with the id of the account if the forge gives it.

    `is_collaborator`: the forge lists the account as one of the repository, on GitHub by its `association`.
    """

    login: str
    id: int | None = None
    is_collaborator: bool = False
    association: str | None = None


class CommentContext(_Frozen):
    """The comment with the request; `id` is the forge's id, None if the sender gave none.

    Each `kind` has ids of its own. `at` is the time at which it was written, if the forge sends it.
    """

    text: str
    author: str
    author_id: int | None = None
    id: str | None = None
    url: str | None = None
    kind: CommentKind = "comment"
    at: datetime | None = None


class IssueContext(_Frozen):
    """The issue or pull request, and the comment with the request if there is one.

    `author` wrote title and body; None for a deleted account, or if the sender did not say.
    """

    number: int
    author: Author | None = None
    title: str = ""
    body: str = ""
    url: str | None = None
    labels: tuple[str, ...] = ()
    comment: CommentContext | None = None

    @property
    def task(self) -> str:
        """The issue's title and text as instructions, never empty."""
        return f"{self.title}\n\n{self.body}".strip() or f"Work on issue #{self.number}."


class _Request(_Frozen):
    """The common part of requests.

    `actor` is a login, `actor_id` the id of its account; `repository_id` is the forge's id of the
    repository, as `github:1234`. `is_collaborator`: the forge lists the requester as one of the repository, on
    GitHub by an `association`. `is_bot`: the forge marks the requester as a program.
    """

    provider: Provider
    repository: str
    repository_id: str | None = None
    issue: IssueContext
    actor: str
    actor_id: int | None = None
    claim: str
    is_pull: bool = False
    is_collaborator: bool = False
    association: str | None = None
    is_bot: bool = False
    metadata: Mapping[str, JsonValue] = {}

    @property
    def identity(self) -> str:
        """The requester as `provider:login`, with the id of the account if the forge gives it."""
        return with_id(f"{self.provider}:{self.actor}", self.actor_id)

    @property
    def url(self) -> str | None:
        """The page of the comment, or of the issue."""
        comment = self.issue.comment
        return (comment.url if comment else None) or self.issue.url

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the issue's labels."""
        return self.issue.labels


class JobRequested(_Request):
    """A request for a job. A claim creates one job, regardless of the number of deliveries.

    `is_addressed`: the instructions follow a mention, so that their first word can be a job type. `first_claim`
    is set for an assignment of a forge that does not say who was assigned: the claim of the issue's first
    assignment. `other_assignees`: the issue has assignees besides the bot.
    """

    kind: Literal["job"] = "job"
    action: Action
    instructions: str
    is_addressed: bool = False
    first_claim: str | None = None
    other_assignees: bool = False


class CommandRequested(_Request):
    """A command for a job of the issue: the job with the short code `code`, or the job that can take it.

    `attempt` is the attempt that the command names behind the code; None if it names none. `argument` is the
    reason, or the new instructions of a retry; it may be empty. `otherwise` is the request if no job has the code:
    the code may be an ordinary word.
    """

    kind: Literal["command"] = "command"
    command: Command
    argument: str = ""
    code: str | None = None
    attempt: int | None = None
    otherwise: JobRequested | CommandRequested | None = None


class GateReported(_Frozen):
    """A check on a commit began or ended. `context` is the check's name, `reporter` the app or user that ran
    it.

    `branches` are the known branches with this newest commit. `version` orders the reports of one check on
    one commit. `at` is the time, if the forge sends it. `numbers` are named numbers from the
    check's text.
    """

    kind: Literal["gate"] = "gate"
    provider: Provider
    repository: str
    repository_id: str | None = None
    check: Check
    context: str
    commit_sha: str
    branches: tuple[str, ...] = ()
    status: GateOutcome
    reporter: str
    reporter_id: int | None = None
    version: CheckVersion
    at: datetime | None = None
    url: str | None = None
    description: str | None = None
    numbers: Mapping[str, float] = {}


class CommitPushed(_Frozen):
    """A branch moved from one commit to another; `before` is all zeros for a new branch.

    `at` is the time, if the forge sends it. `paths` are the files that the push changes; `unknown_paths` says
    why they are unknown.
    """

    kind: Literal["push"] = "push"
    provider: Provider
    repository: str
    repository_id: str | None = None
    branch: str
    before: str
    after: str
    at: datetime | None = None
    actor: str
    actor_id: int | None = None
    paths: tuple[str, ...] = ()
    unknown_paths: str | None = None


class Ignored(_Frozen):
    """The delivery requests nothing; `reason` explains that to the forge."""

    kind: Literal["ignored"] = "ignored"
    reason: str


Intent = Annotated[
    JobRequested | CommandRequested | GateReported | CommitPushed | Ignored,
    Field(discriminator="kind"),
]
