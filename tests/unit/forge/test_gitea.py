"""Intents of Gitea's deliveries, where they differ from GitHub's."""

from collections.abc import Callable
from typing import Any

import pytest

from mosaic.forge import gitea
from mosaic.forge.errors import PayloadError
from mosaic.forge.intent import CommandRequested, CommitPushed, GateReported, Ignored, Intent, JobRequested

Load = Callable[[str], dict[str, Any]]


def parse(event: str, payload: dict[str, Any]) -> Intent:
    return gitea.parse(event, payload, "mosaic")


def test_comment_requests_a_job(load: Load) -> None:
    intent = parse("issue_comment", load("gitea/issue_comment.created"))
    assert isinstance(intent, JobRequested)
    assert intent.instructions == "Same here.\n\n@mosaic can you look into it?"
    assert intent.claim == "gitea:31:comment:902:created"
    assert intent.identity == "gitea:ada#5"
    assert intent.repository_id == "gitea:31"
    assert intent.url == "https://git.harbour.example/harbour/lighthouse/issues/17#issuecomment-902"
    assert intent.labels == ("kind/bug",)
    assert not intent.is_pull


@pytest.mark.parametrize("event", ["pull_request_comment", "issue_comment"])
def test_comment_on_pull_request_is_a_command(load: Load, event: str) -> None:
    intent = parse(event, load("gitea/pull_request_comment.created"))
    assert isinstance(intent, CommandRequested)
    assert intent.command == "retry"
    assert intent.is_pull


@pytest.mark.parametrize("event", ["issue_assign", "issues"])
def test_assignment_is_found_in_assignees(load: Load, event: str) -> None:
    payload = load("gitea/issue_assign.assigned")
    intent = parse(event, payload)
    assert isinstance(intent, JobRequested)
    assert intent.action == "assigned"
    assert "assigned:mosaic:2026-11-21T11" in intent.claim
    for others in ([payload["sender"]], [], None):
        payload["issue"]["assignees"] = others
        assert parse(event, payload) == Ignored(reason="assigned to someone other than @mosaic")


def test_issue_opened_with_a_mention(load: Load) -> None:
    intent = parse("issues", load("gitea/issues.opened"))
    assert isinstance(intent, JobRequested)
    assert intent.instructions == "find every place that paints it"


@pytest.mark.parametrize("event", ["pull_request_assign", "pull_request"])
def test_pull_requests_work_like_issues(load: Load, event: str) -> None:
    payload = load("gitea/issue_assign.assigned")
    payload["pull_request"] = payload.pop("issue")
    intent = parse(event, payload)
    assert isinstance(intent, JobRequested)
    assert intent.is_pull
    payload["pull_request"] |= {"assignees": None, "body": "@mosaic review this"}
    intent = parse("pull_request", payload | {"action": "opened"})
    assert isinstance(intent, JobRequested)
    assert intent.instructions == "review this"


def test_own_comments_are_ignored(load: Load) -> None:
    payload = load("gitea/issue_comment.created")
    payload["sender"]["login"] = "mosaic"
    assert parse("issue_comment", payload) == Ignored(reason="sent by the bot itself")


class TestStatus:
    def test_status_reports_a_gate(self, load: Load) -> None:
        report = parse("status", load("gitea/status"))
        assert isinstance(report, GateReported)
        assert (report.context, report.status) == ("ci / test (push)", "passed")
        assert report.commit_sha == "5f2c9a7be0d14c3fa6b8e1d27c90f4ab35e6d812"
        assert report.reporter == "gitea-actions"
        assert report.url == "https://git.harbour.example/harbour/lighthouse/actions/runs/12/jobs/0"
        assert report.description == "Successful in 2m46s"

    @pytest.mark.parametrize(
        ("state", "status"),
        [
            ("pending", "pending"),
            ("failure", "failed"),
            ("error", "error"),
            ("warning", "skipped"),
            ("skipped", "skipped"),
        ],
    )
    def test_states_map_to_outcomes(self, load: Load, state: str, status: str) -> None:
        report = parse("status", load("gitea/status") | {"state": state})
        assert isinstance(report, GateReported)
        assert report.status == status

    def test_later_status_sorts_later(self, load: Load) -> None:
        first, second = load("gitea/status"), load("gitea/status") | {"id": 78, "updated_at": "long ago"}
        one, other = parse("status", first), parse("status", second)
        assert isinstance(one, GateReported)
        assert isinstance(other, GateReported)
        assert one.version.is_older_than(other.version)
        assert not other.version.is_older_than(one.version)
        assert (one.at and one.at.isoformat(), other.at) == ("2026-11-21T10:22:47+00:00", None)

    def test_commit_object_replaces_missing_sha(self, load: Load) -> None:
        payload = load("gitea/status")
        del payload["sha"]
        report = parse("status", payload)
        assert isinstance(report, GateReported)
        assert report.commit_sha == payload["commit"]["id"]
        with pytest.raises(PayloadError, match="sha"):
            parse("status", payload | {"commit": None})

    @pytest.mark.parametrize(
        ("url", "page", "expected"),
        [
            ("https://ci.example/1", "https://git.example/a/b", "https://ci.example/1"),
            ("/a/b/actions", "", "/a/b/actions"),
            ("", "https://git.example/a/b", None),
            (None, "https://git.example/a/b", None),
        ],
    )
    def test_target_url_is_absolute(
        self, load: Load, url: str | None, page: str, expected: str | None
    ) -> None:
        payload = load("gitea/status") | {"target_url": url}
        payload["repository"]["html_url"] = page
        report = parse("status", payload)
        assert isinstance(report, GateReported)
        assert report.url == expected


def test_push_moves_a_branch(load: Load) -> None:
    parse_push = parse("push", load("gitea/push"))
    assert isinstance(parse_push, CommitPushed)
    assert (parse_push.provider, parse_push.branch, parse_push.actor) == ("gitea", "once", "gitea-actions")


@pytest.mark.parametrize(
    ("headers", "event"),
    [
        ({"X-Gitea-Event": "issues", "X-Gitea-Event-Type": "issue_assign"}, "issue_assign"),
        ({"X-Gitea-Event": "", "X-Gitea-Event-Type": "status"}, "status"),
        ({"X-Gitea-Event": "issues"}, "issues"),
        ({"X-GitHub-Event": "issues"}, ""),
    ],
)
def test_specific_event_name_comes_first(headers: dict[str, str], event: str) -> None:
    assert gitea.event_of(headers) == event


def test_repository_is_read(load: Load) -> None:
    assert gitea.repository_of(load("gitea/status")) == "harbour/lighthouse"
