"""Gitea's webhooks: https://docs.gitea.com/usage/repository/webhooks, and what its source says beyond."""

import re
from collections.abc import Mapping

from mosaic.forge import conversation, gates
from mosaic.forge.intent import Intent
from mosaic.forge.payload import CommentDelivery, Identifier, IssueDelivery, Lenient, PullDelivery, read
from mosaic.forge.payload import repository_of as repository_of
from mosaic.forge.push import pushed
from mosaic.forge.route import Handlers, Source, by_others, header, route


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


def event_of(headers: Mapping[str, str]) -> str:
    """Return the finer name of the event, "" when the headers have none.

    The coarse one is the second choice: Gitea 1.23.0 sends it empty for a commit status
    (https://github.com/go-gitea/gitea/issues/33244).
    """
    return header(headers, "x-gitea-event-type", "x-gitea-event")


def parse(event: str, payload: object, bot: str) -> Intent:
    """Return what a delivery asks of the bot with the login `bot`; `event` may be the finer or the coarse.

    Raises PayloadError.
    """
    return route("gitea", _HANDLERS, event, payload, bot)


def _comment(payload: Mapping[str, object], source: Source) -> Intent:
    delivery = read(CommentDelivery, payload)
    is_pull = delivery.is_pull or delivery.issue.pull_request is not None
    return conversation.commented(source, delivery.issue, delivery.comment, is_pull=is_pull)


def _issue_opened(payload: Mapping[str, object], source: Source) -> Intent:
    return conversation.opened(source, read(IssueDelivery, payload).issue, is_pull=False)


def _pull_opened(payload: Mapping[str, object], source: Source) -> Intent:
    return conversation.opened(source, read(PullDelivery, payload).pull_request, is_pull=True)


def _issue_assigned(payload: Mapping[str, object], source: Source) -> Intent:
    """Gitea does not say who was added: the bot asked once more for an issue it already has is possible."""
    issue = read(IssueDelivery, payload).issue
    return conversation.assigned(source, issue, issue.assignees or (), is_pull=False)


def _pull_assigned(payload: Mapping[str, object], source: Source) -> Intent:
    pull = read(PullDelivery, payload).pull_request
    return conversation.assigned(source, pull, pull.assignees or (), is_pull=True)


def _status(payload: Mapping[str, object], source: Source) -> Intent:
    status = read(_StatusDelivery, payload)
    return gates.reported(
        source,
        check="status",
        context=status.context,
        commit=("sha", status.sha or (status.commit.id if status.commit else "")),
        branches=(),  # Gitea names none
        state=status.state,
        order=gates.Order(status.id or 0, gates.moment(status.updated_at)),
        reporter=source.actor,
        url=_absolute(status.target_url or "", status.repository.html_url),
        description=status.description or None,
    )


def _absolute(url: str, page: str) -> str | None:
    """Gitea's own CI gives paths without the host, which is that of every other `page`."""
    host = re.match(r"https?://[^/]+", page)
    return (host.group() + url if host and url.startswith("/") else url) or None


_HANDLERS: Handlers = {
    ("issue_comment", "created"): by_others(_comment),
    ("pull_request_comment", "created"): by_others(_comment),
    ("issues", "opened"): by_others(_issue_opened),
    ("issues", "assigned"): by_others(_issue_assigned),
    ("issue_assign", "assigned"): by_others(_issue_assigned),
    ("pull_request", "opened"): by_others(_pull_opened),
    ("pull_request", "assigned"): by_others(_pull_assigned),
    ("pull_request_assign", "assigned"): by_others(_pull_assigned),
    ("status", None): by_others(_status),
    ("push", None): pushed,
}
