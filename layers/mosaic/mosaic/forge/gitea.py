"""Gitea's webhooks: https://docs.gitea.com/usage/repository/webhooks and Gitea's source."""

import re
from collections.abc import Mapping
from hashlib import sha256

from mosaic.forge import check_reports, issue_requests
from mosaic.forge.event_handlers import DeliverySource, Handlers, except_bot, header, route
from mosaic.forge.intent import Intent, Provider
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


class _Commit(Lenient):
    id: str = ""


class _Repository(Lenient):
    html_url: str = ""


class _StatusDelivery(Lenient):
    repository: _Repository
    id: Identifier | None = None
    sha: str = ""
    commit: _Commit | None = None
    state: str
    context: str
    target_url: str | None = None
    description: str | None = None
    updated_at: str | None = None


class _Review(Lenient):
    type: str = ""
    content: str | None = None


class _ReviewDelivery(Lenient):
    pull_request: Issue
    review: _Review
    sender: User | None = None


def event_of(headers: Mapping[str, str]) -> str:
    """Returns the specific event name, or "" if the headers have none.

    The general name is the fallback. Gitea 1.23.0 sends it empty for a commit status
    (https://github.com/go-gitea/gitea/issues/33244).
    """
    return header(headers, "x-gitea-event-type", "x-gitea-event")


def parse(event: str, payload: object, bot: str, provider: Provider = "gitea") -> Intent:
    """Returns the intent of a delivery for the bot with the login `bot`. Accepts both event names.

    `provider` is `forgejo` for a delivery of that forge. Raises PayloadError.
    """
    return route(provider, _HANDLERS, event, payload, bot)


def _comment(payload: Mapping[str, object], source: DeliverySource) -> Intent:
    delivery = parse_payload(CommentDelivery, payload)
    is_pull = delivery.is_pull or delivery.issue.pull_request is not None
    return issue_requests.comment_created(source, delivery.issue, delivery.comment, is_pull=is_pull)


def _review(payload: Mapping[str, object], source: DeliverySource) -> Intent:
    """The sender wrote the review. It has neither an id nor a time; a replay has the same text and the same time
    of the pull request.
    """
    delivery = parse_payload(_ReviewDelivery, payload)
    pull, review = delivery.pull_request, delivery.review
    parts = (pull.number, source.actor, review.type, review.content, pull.updated_at)
    return issue_requests.comment_created(
        source,
        pull,
        Comment(id=None, body=review.content, user=delivery.sender, html_url=pull.html_url),
        is_pull=True,
        kind="review",
        identity=sha256(repr(parts).encode(errors="surrogatepass")).hexdigest(),
    )


def _issue_opened(payload: Mapping[str, object], source: DeliverySource) -> Intent:
    return issue_requests.issue_opened(source, parse_payload(IssueDelivery, payload).issue, is_pull=False)


def _pull_opened(payload: Mapping[str, object], source: DeliverySource) -> Intent:
    return issue_requests.issue_opened(
        source, parse_payload(PullDelivery, payload).pull_request, is_pull=True
    )


def _issue_assigned(payload: Mapping[str, object], source: DeliverySource) -> Intent:
    """Gitea does not name the new assignee: `mosaic.services.accept_assignment` finds repeated assignments."""
    issue = parse_payload(IssueDelivery, payload).issue
    return issue_requests.issue_assigned(source, issue, issue.assignees or (), is_pull=False)


def _pull_assigned(payload: Mapping[str, object], source: DeliverySource) -> Intent:
    pull = parse_payload(PullDelivery, payload).pull_request
    return issue_requests.issue_assigned(source, pull, pull.assignees or (), is_pull=True)


def _status(payload: Mapping[str, object], source: DeliverySource) -> Intent:
    status = parse_payload(_StatusDelivery, payload)
    return check_reports.gate_reported(
        source,
        check="status",
        context=status.context,
        commit=("sha", status.sha or (status.commit.id if status.commit else "")),
        branches=(),  # Gitea sends no branches
        state=status.state,
        version=CheckVersion(
            id=status.id or 0, updated_at=check_reports.parse_time(status.updated_at), outcome=status.state
        ),
        reporter=source.actor,
        url=_absolute(status.target_url or "", status.repository.html_url),
        description=status.description or None,
    )


def _absolute(url: str, page: str) -> str | None:
    """Gitea's own CI sends paths without a host; `page` is a URL on the same host."""
    host = re.match(r"https?://[^/]+", page)
    return (host.group() + url if host and url.startswith("/") else url) or None


# The specific names, then the general ones. "pull_request_comment" is also the specific name of another event.
_REVIEWS = (
    "pull_request_review_approved",
    "pull_request_review_rejected",
    "pull_request_review_comment",
    "pull_request_approved",
    "pull_request_rejected",
    "pull_request_comment",
)

_HANDLERS: Handlers = {
    ("issue_comment", "created"): except_bot(_comment),
    ("pull_request_comment", "created"): except_bot(_comment),
    ("issues", "opened"): except_bot(_issue_opened),
    ("issues", "assigned"): except_bot(_issue_assigned),
    ("issue_assign", "assigned"): except_bot(_issue_assigned),
    ("pull_request", "opened"): except_bot(_pull_opened),
    ("pull_request", "assigned"): except_bot(_pull_assigned),
    ("pull_request_assign", "assigned"): except_bot(_pull_assigned),
    **{(event, "reviewed"): except_bot(_review) for event in _REVIEWS},
    ("status", None): except_bot(_status),
    ("push", None): parse_push,
}
