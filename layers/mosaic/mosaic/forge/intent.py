"""What a delivery asks for, in words that no forge owns.

Texts are as they came: untrusted, of any length. Whoever uses them cuts and fences them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

Provider = Literal["github", "gitea", "mosaic"]
Action = Literal["assigned", "mentioned", "commented"]
Command = Literal["cancel", "retry", "status", "approve", "deny"]
GateOutcome = Literal["pending", "passed", "failed", "error", "skipped"]
Check = Literal["status", "check_run"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CommentContext(_Frozen):
    """The comment that asked; `id` is the forge's, None where the sender gave none."""

    text: str
    author: str
    id: str | None = None
    url: str | None = None


class IssueContext(_Frozen):
    """The issue or pull request that is talked about, and the comment if one asked."""

    number: int
    title: str = ""
    body: str = ""
    url: str | None = None
    labels: tuple[str, ...] = ()
    comment: CommentContext | None = None

    @property
    def task(self) -> str:
        """What the issue itself asks for, never empty."""
        return f"{self.title}\n\n{self.body}".strip() or f"Work on issue #{self.number}."


class _Request(_Frozen):
    """What every request says; `vouched`: the forge says that who asked belongs to the repository."""

    provider: Provider
    repository: str
    issue: IssueContext
    actor: str
    claim: str
    is_pull: bool = False
    is_collaborator: bool = False
    metadata: Mapping[str, JsonValue] = {}

    @property
    def url(self) -> str | None:
        """Where it was asked: the comment's page, or the issue's."""
        comment = self.issue.comment
        return (comment.url if comment else None) or self.issue.url

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the issue's labels."""
        return self.issue.labels


class JobRequested(_Request):
    """Somebody wants work done. One `claim` is one job, however often it is delivered."""

    kind: Literal["job"] = "job"
    action: Action
    instructions: str


class CommandRequested(_Request):
    """Somebody wants something of the jobs of this issue; `argument` is the reason given, maybe empty."""

    kind: Literal["command"] = "command"
    command: Command
    argument: str = ""


class GateReported(_Frozen):
    """A check has begun or ended on a commit. `context` is the check's own name, `reporter` who or what ran it.

    `branches` are those that are known to have this commit as their newest. `order` sorts all that the forge says of
    one check on one commit in the order in which it came about; `at` is when, if the forge says so. `numbers` are those
    that its text tells by name.
    """

    kind: Literal["gate"] = "gate"
    provider: Provider
    repository: str
    check: Check
    context: str
    commit_sha: str
    branches: tuple[str, ...] = ()
    status: GateOutcome
    reporter: str
    sequence: str
    at: datetime | None = None
    url: str | None = None
    description: str | None = None
    numbers: Mapping[str, float] = {}


class CommitPushed(_Frozen):
    """A branch went from one commit to another; `before` is all zeros for one that was not there.

    `at` is when, if the forge says so.
    """

    kind: Literal["push"] = "push"
    provider: Provider
    repository: str
    branch: str
    before: str
    after: str
    at: datetime | None = None
    actor: str


class Ignored(_Frozen):
    """Nothing is asked for; `reason` says why, in words fit for the answer to the forge."""

    kind: Literal["ignored"] = "ignored"
    reason: str


Intent = Annotated[
    JobRequested | CommandRequested | GateReported | CommitPushed | Ignored,
    Field(discriminator="kind"),
]
