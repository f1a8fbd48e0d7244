"""GitHub's webhooks: https://docs.github.com/en/webhooks/webhook-events-and-payloads."""

from collections.abc import Mapping

from pydantic import JsonValue

from mosaic.forge import check_reports, issue_requests
from mosaic.forge.errors import PayloadError
from mosaic.forge.event_handlers import DeliverySource, Handlers, except_bot, header, route
from mosaic.forge.intent import Ignored, Intent
from mosaic.forge.mention import is_bot
from mosaic.forge.payload import (
    Comment,
    CommentDelivery,
    Identifier,
    Issue,
    IssueDelivery,
    Lenient,
    PullDelivery,
    User,
    parse_payload,
)
from mosaic.forge.payload import repository_of as repository_of
from mosaic.forge.push import parse_push
from mosaic.jobs.check_versions import CheckVersion


class _ReviewCommentary(Comment):
    path: str | None = None
    line: int | None = None


class _ReviewCommentDelivery(Lenient):
    pull_request: Issue
    comment: _ReviewCommentary


class _ReviewDelivery(Lenient):
    pull_request: Issue
    review: Comment


class _Head(Lenient):
    sha: str


class _Branch(Lenient):
    name: str
    commit: _Head


class _StatusDelivery(Lenient):
    id: Identifier
    sha: str
    state: str
    context: str
    target_url: str | None = None
    description: str | None = None
    updated_at: str | None = None
    branches: list[_Branch] | None = None


class _HeadRepository(Lenient):
    id: Identifier | None = None


class _PullHead(Lenient):
    ref: str | None = None
    repo: _HeadRepository | None = None


class _Pull(Lenient):
    head: _PullHead | None = None


class _Suite(Lenient):
    head_branch: str | None = None
    head_repository: _HeadRepository | None = None
    pull_requests: list[_Pull] | None = None
    updated_at: str | None = None


class _App(Lenient):
    slug: str | None = None
    name: str | None = None


class _Output(Lenient):
    title: str | None = None
    summary: str | None = None


class _CheckRun(Lenient):
    id: Identifier
    name: str
    head_sha: str
    status: str = "completed"
    conclusion: str | None = None
    started_at: str | None = None
    completed_at: str | None = None
    html_url: str | None = None
    details_url: str | None = None
    app: _App | None = None
    check_suite: _Suite | None = None
    head_repository: _HeadRepository | None = None
    pull_requests: list[_Pull] | None = None
    output: _Output | None = None


class _CheckRunDelivery(Lenient):
    check_run: _CheckRun
    repository: _HeadRepository = _HeadRepository()


def event_of(headers: Mapping[str, str]) -> str:
    """Returns the name of the event, or "" if the headers have none."""
    return header(headers, "x-github-event")


def parse(event: str, payload: object, bot: str) -> Intent:
    """Returns the intent of a delivery for the bot with the login `bot`. Raises PayloadError."""
    return route("github", _HANDLERS, event, payload, bot)


def _comment(payload: Mapping[str, object], source: DeliverySource) -> Intent:
    delivery = parse_payload(CommentDelivery, payload)
    is_pull = delivery.issue.pull_request is not None
    return issue_requests.comment_created(source, delivery.issue, delivery.comment, is_pull=is_pull)


def _review_comment(payload: Mapping[str, object], source: DeliverySource) -> Intent:
    delivery = parse_payload(_ReviewCommentDelivery, payload)
    location: dict[str, JsonValue] = {"path": delivery.comment.path, "line": delivery.comment.line}
    return issue_requests.comment_created(
        source,
        delivery.pull_request,
        delivery.comment,
        is_pull=True,
        kind="review_comment",
        metadata={name: value for name, value in location.items() if value is not None},
    )


def _review(payload: Mapping[str, object], source: DeliverySource) -> Intent:
    delivery = parse_payload(_ReviewDelivery, payload)
    return issue_requests.comment_created(
        source, delivery.pull_request, delivery.review, is_pull=True, kind="review"
    )


def _issue_opened(payload: Mapping[str, object], source: DeliverySource) -> Intent:
    """An issue that was moved here is no request: its author asked in another repository, and another account
    moved it.
    """
    if _was_moved(payload):
        return Ignored(reason="the issue was moved here: mention the bot in a comment to request work")
    return issue_requests.issue_opened(source, parse_payload(IssueDelivery, payload).issue, is_pull=False)


def _pull_opened(payload: Mapping[str, object], source: DeliverySource) -> Intent:
    return issue_requests.issue_opened(
        source, parse_payload(PullDelivery, payload).pull_request, is_pull=True
    )


def _issue_assigned(payload: Mapping[str, object], source: DeliverySource) -> Intent:
    delivery = parse_payload(IssueDelivery, payload)
    return issue_requests.issue_assigned(source, delivery.issue, _assignees(delivery.assignee), is_pull=False)


def _pull_assigned(payload: Mapping[str, object], source: DeliverySource) -> Intent:
    delivery = parse_payload(PullDelivery, payload)
    return issue_requests.issue_assigned(
        source, delivery.pull_request, _assignees(delivery.assignee), is_pull=True
    )


def _status(payload: Mapping[str, object], source: DeliverySource) -> Intent:
    status = parse_payload(_StatusDelivery, payload)
    # GitHub also lists branches that only contain the commit. Keep those whose newest commit it is.
    heads = (branch.name for branch in status.branches or () if branch.commit.sha == status.sha)
    return check_reports.gate_reported(
        source,
        check="status",
        context=status.context,
        commit=("sha", status.sha),
        branches=tuple(heads),
        state=status.state,
        version=CheckVersion(
            id=status.id, updated_at=check_reports.parse_time(status.updated_at), outcome=status.state
        ),
        reporter=source.actor,
        url=status.target_url,
        description=status.description,
    )


def _check_run(payload: Mapping[str, object], source: DeliverySource) -> Intent:
    """The reporter of a check run is its app. The sender is the author of the push, possibly the bot."""
    delivery = parse_payload(_CheckRunDelivery, payload)
    check = delivery.check_run
    app = (check.app and (check.app.slug or check.app.name)) or source.actor
    if is_bot(app, source.bot):
        return Ignored(reason="sent by the bot itself")
    state, version = _state_of(check, again=payload.get("action") == "rerequested")
    return check_reports.gate_reported(
        source,
        check="check_run",
        context=check.name,
        commit=("check_run.head_sha", check.head_sha),
        branches=_own_branches(check, delivery.repository.id),
        state=state,
        version=version,
        reporter=app,
        url=check.html_url or check.details_url,
        description=check.output.title if check.output else None,
        texts=(check.output.summary,) if check.output else (),
    )


def _own_branches(check: _CheckRun, repository_id: int | None) -> tuple[str, ...]:
    """Returns the branch of the check, if it is one of the repository itself.

    `head_branch` is only a name: a fork's branch may have the same. A deleted fork has no id.
    """
    suite = check.check_suite or _Suite()
    branch = suite.head_branch
    pulls = (*(check.pull_requests or ()), *(suite.pull_requests or ()))
    heads = [head.id for head in (check.head_repository, suite.head_repository) if head]
    of_branch = (pull.head for pull in pulls if pull.head and pull.head.ref in (None, branch))
    heads += [head.repo.id if head.repo else None for head in of_branch]
    is_of_fork = any(head is None or head != repository_id for head in heads)
    return (branch,) if branch and not is_of_fork else ()


def _state_of(check: _CheckRun, *, again: bool) -> tuple[str, CheckVersion]:
    """Returns the state of the check run and its version. A rerequest (`again`) reopens a completed run."""
    version = CheckVersion(
        id=check.id,
        state="reopened" if again else "completed" if check.status == "completed" else "begun",
        updated_at=check_reports.parse_time(check.check_suite.updated_at) if check.check_suite else None,
        started_at=check_reports.parse_time(check.started_at),
        completed_at=check_reports.parse_time(check.completed_at),
        outcome=check.conclusion or "",
    )
    if version.state != "completed":
        return "in_progress", version
    if check.conclusion is None:
        raise PayloadError("check_run.conclusion", "should be a string once the check is completed")
    return check.conclusion, version


def _was_moved(payload: Mapping[str, object]) -> bool:
    """Whether a new issue was transferred from another repository."""
    changes = payload.get("changes")
    return isinstance(changes, Mapping) and bool(changes.get("old_issue") or changes.get("old_repository"))


def _assignees(user: User | None) -> tuple[User, ...]:
    return (user,) if user else ()


_HANDLERS: Handlers = {
    ("issue_comment", "created"): except_bot(_comment),
    ("issues", "opened"): except_bot(_issue_opened),
    ("issues", "assigned"): except_bot(_issue_assigned),
    ("pull_request", "opened"): except_bot(_pull_opened),
    ("pull_request", "assigned"): except_bot(_pull_assigned),
    ("pull_request_review", "submitted"): except_bot(_review),
    ("pull_request_review_comment", "created"): except_bot(_review_comment),
    ("status", None): except_bot(_status),
    ("check_run", "created"): _check_run,
    ("check_run", "completed"): _check_run,
    ("check_run", "rerequested"): _check_run,
    ("push", None): parse_push,
}
