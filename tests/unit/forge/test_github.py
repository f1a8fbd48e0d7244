"""Intents of GitHub's deliveries."""

from collections.abc import Callable
from typing import Any

import pytest

from mosaic.forge import github
from mosaic.forge.errors import PayloadError
from mosaic.forge.intent import CommandRequested, CommitPushed, GateReported, Ignored, JobRequested
from mosaic.jobs.check_versions import CheckVersion

Load = Callable[[str], dict[str, Any]]
SHA = "5f2c9a7be0d14c3fa6b8e1d27c90f4ab35e6d812"


def ignored(event: str, payload: dict[str, Any]) -> str:
    intent = github.parse(event, payload, "mosaic")
    assert isinstance(intent, Ignored)
    return intent.reason


def job(event: str, payload: dict[str, Any]) -> JobRequested:
    intent = github.parse(event, payload, "mosaic")
    assert isinstance(intent, JobRequested)
    return intent


def gate(event: str, payload: dict[str, Any]) -> GateReported:
    intent = github.parse(event, payload, "mosaic")
    assert isinstance(intent, GateReported)
    return intent


class TestComments:
    def test_mention_requests_a_job(self, load: Load) -> None:
        intent = job("issue_comment", load("github/issue_comment.created"))
        assert intent.repository == "harbour/lighthouse"
        assert intent.action == "mentioned"
        assert intent.actor == "ada-lightkeeper"
        assert intent.instructions.startswith("please fix the timer and add a test\n")
        assert intent.claim == "github:880100200:comment:3500000171:created"
        assert intent.url == "https://github.com/harbour/lighthouse/issues/17#issuecomment-3500000171"
        assert intent.labels == ("bug", "lamp")
        assert not intent.is_pull

    def test_issue_and_comment_are_unchanged(self, load: Load) -> None:
        payload = load("github/issue_comment.created")
        issue = job("issue_comment", payload).issue
        assert issue.comment is not None
        assert (issue.number, issue.title) == (17, "The lamp blinks twice after midnight")
        assert issue.body == payload["issue"]["body"].replace("\r\n", "\n")
        assert issue.comment.text == payload["comment"]["body"]
        assert (issue.comment.author, issue.comment.id) == ("ada-lightkeeper", "3500000171")

    def test_command_on_pull_request_is_parsed(self, load: Load) -> None:
        intent = github.parse("issue_comment", load("github/issue_comment.created.pull"), "mosaic")
        assert isinstance(intent, CommandRequested)
        assert (intent.command, intent.argument) == ("approve", "tests are green")
        assert intent.is_pull
        assert intent.issue.body == ""

    def test_comment_without_mention_is_ignored(self, load: Load) -> None:
        payload = load("github/issue_comment.created")
        payload["comment"]["body"] = "I think @someone should look"
        assert ignored("issue_comment", payload) == "the comment does not mention @mosaic"

    @pytest.mark.parametrize("login", ["mosaic", "Mosaic", "mosaic[bot]"])
    def test_own_comments_are_ignored(self, load: Load, login: str) -> None:
        payload = load("github/issue_comment.created")
        payload["sender"]["login"] = login
        assert ignored("issue_comment", payload) == "sent by the bot itself"

    @pytest.mark.parametrize("action", ["edited", "deleted", "pinned"])
    def test_only_new_comments_count(self, load: Load, action: str) -> None:
        payload = load("github/issue_comment.created") | {"action": action}
        expected = f"the event issue_comment.{action} creates no job"
        assert ignored("issue_comment", payload) == expected

    def test_bare_mention_uses_the_issue_text(self, load: Load) -> None:
        payload = load("github/issue_comment.created")
        payload["comment"]["body"] = "@mosaic"
        assert job("issue_comment", payload).instructions.startswith(
            "The lamp blinks twice after midnight\n\n"
        )

    def test_deleted_account_is_ghost(self, load: Load) -> None:
        payload = load("github/issue_comment.created")
        payload["comment"]["user"] = None
        comment = job("issue_comment", payload).issue.comment
        assert comment is not None
        assert comment.author == "ghost"

    def test_long_text_is_not_cut(self, load: Load) -> None:
        payload = load("github/issue_comment.created")
        payload["comment"]["body"] = "@mosaic " + "x" * 65_000
        assert len(job("issue_comment", payload).instructions) == 65_000

    def test_closed_issue_is_accepted(self, load: Load) -> None:
        payload = load("github/issue_comment.created")
        payload["issue"]["state"] = "closed"
        assert job("issue_comment", payload)

    def test_review_comment_has_path_and_line(self, load: Load) -> None:
        intent = job("pull_request_review_comment", load("github/pull_request_review_comment.created"))
        assert intent.claim == "github:880100200:review_comment:1900000001:created"
        assert intent.metadata == {"path": "src/timer.py", "line": 4}
        assert intent.is_pull

    def test_review_works_like_a_comment(self, load: Load) -> None:
        payload = load("github/pull_request_review_comment.created")
        review = {"id": 21, "body": None, "user": payload["sender"], "html_url": None}
        payload = payload | {"action": "submitted", "review": review}
        assert ignored("pull_request_review", payload) == "the comment does not mention @mosaic"
        payload["review"]["body"] = "@mosaic add a test"
        assert job("pull_request_review", payload).instructions == "add a test"


class TestIssues:
    def test_assignment_requests_a_job(self, load: Load) -> None:
        intent = job("issues", load("github/issues.assigned"))
        assert intent.action == "assigned"
        assert intent.instructions.startswith("The lamp blinks twice after midnight\n\nBetween 00:00")
        assert intent.url == "https://github.com/harbour/lighthouse/issues/17"

    def test_other_assignee_is_ignored(self, load: Load) -> None:
        payload = load("github/issues.assigned")
        payload["assignee"] = payload["sender"]
        assert ignored("issues", payload) == "assigned to someone other than @mosaic"
        assert ignored("issues", payload | {"assignee": None}) == "assigned to someone other than @mosaic"

    def test_replay_repeats_the_claim(self, load: Load) -> None:
        payload = load("github/issues.assigned")
        first = job("issues", payload).claim
        assert job("issues", load("github/issues.assigned")).claim == first
        payload["issue"]["updated_at"] = "2026-11-22T08:00:00Z"
        assert job("issues", payload).claim != first

    def test_issue_opened_with_mention_requests_a_job(self, load: Load) -> None:
        intent = job("issues", load("github/issues.opened"))
        assert intent.instructions == "find every place that paints it"
        assert intent.claim == "github:880100200:issue:21:opened"

    def test_opened_and_assigned_share_a_claim(self, load: Load) -> None:
        bot = load("github/issues.assigned")["assignee"]
        opened = load("github/issues.opened")
        opened["issue"]["assignees"] = [bot]
        assigned = opened | {"action": "assigned", "assignee": bot}
        assert job("issues", opened).claim == job("issues", assigned).claim

    def test_issue_opened_without_mention_is_ignored(self, load: Load) -> None:
        payload = load("github/issues.opened")
        payload["issue"]["body"] = None
        assert ignored("issues", payload) == "the text does not mention @mosaic"

    def test_pull_requests_work_like_issues(self, load: Load) -> None:
        payload = load("github/pull_request_review_comment.created")
        assigned = payload | {
            "action": "assigned",
            "assignee": load("github/issues.assigned")["assignee"],
        }
        assert job("pull_request", assigned).is_pull
        payload["pull_request"]["body"] = "@mosaic review this"
        assert job("pull_request", payload | {"action": "opened"}).instructions == "review this"

    @pytest.mark.parametrize("action", ["unassigned", "edited", "closed", "labeled", "transferred"])
    def test_other_issue_events_are_ignored(self, load: Load, action: str) -> None:
        payload = load("github/issues.assigned") | {"action": action}
        assert ignored("issues", payload) == f"the event issues.{action} creates no job"


class TestGates:
    def test_check_run_reports_a_gate(self, load: Load) -> None:
        report = gate("check_run", load("github/check_run.completed"))
        assert (report.context, report.commit_sha, report.status) == ("test", SHA, "passed")
        assert report.reporter == "github-actions"
        assert report.url == "https://github.com/harbour/lighthouse/actions/runs/15000001/job/41000000123"
        assert report.description == "212 passed"

    def test_check_run_is_reported_by_its_app(self, load: Load) -> None:
        payload = load("github/check_run.completed")
        assert payload["sender"]["login"] == "mosaic"
        assert gate("check_run", payload).status == "passed"

    def test_checks_by_the_bot_are_ignored(self, load: Load) -> None:
        check_run, status = load("github/check_run.completed"), load("github/status")
        check_run["check_run"]["app"]["slug"] = "mosaic"
        status["sender"]["login"] = "mosaic[bot]"
        assert ignored("check_run", check_run) == "sent by the bot itself"
        assert ignored("status", status) == "sent by the bot itself"

    @pytest.mark.parametrize(
        ("conclusion", "status"),
        [
            ("success", "passed"),
            ("failure", "failed"),
            ("timed_out", "error"),
            ("startup_failure", "error"),
            ("action_required", "error"),
            ("cancelled", "error"),
            ("skipped", "skipped"),
            ("neutral", "skipped"),
            ("stale", "skipped"),
            ("invented_later", "error"),
        ],
    )
    def test_conclusions_map_to_outcomes(self, load: Load, conclusion: str, status: str) -> None:
        payload = load("github/check_run.completed")
        payload["check_run"]["conclusion"] = conclusion
        assert gate("check_run", payload).status == status

    def test_status_reports_a_gate(self, load: Load) -> None:
        report = gate("status", load("github/status"))
        assert (report.context, report.commit_sha, report.status) == ("ci/lint", SHA, "failed")
        assert report.reporter == "ada-lightkeeper"
        assert report.url == "https://ci.harbour.example/lighthouse/812"
        assert report.description == "3 errors"

    @pytest.mark.parametrize(("state", "status"), [("success", "passed"), ("error", "error")])
    def test_states_map_to_outcomes(self, load: Load, state: str, status: str) -> None:
        assert gate("status", load("github/status") | {"state": state}).status == status

    def test_unfinished_check_run_is_pending(self, load: Load) -> None:
        assert gate("status", load("github/status") | {"state": "pending"}).status == "pending"
        for status in ("queued", "in_progress", "waiting"):
            created = load("github/check_run.completed") | {"action": "created"}
            created["check_run"] |= {"status": status, "conclusion": None, "completed_at": None}
            assert gate("check_run", created).status == "pending"
        again = load("github/check_run.completed") | {"action": "rerequested"}
        assert gate("check_run", again).status == "pending"

    def test_check_run_results_have_an_order(self, load: Load) -> None:
        def version(action: str, **changed: Any) -> CheckVersion:
            payload = load("github/check_run.completed") | {"action": action}
            payload["check_run"] |= changed
            return gate("check_run", payload).version

        begun = version("created", status="in_progress", conclusion=None, completed_at=None)
        ended, asked_again = version("completed"), version("rerequested")
        ended_again = version("completed", started_at="2026-11-21T11:00:00Z")
        another = version("created", id=41000000124, status="queued", conclusion=None, started_at=None)
        in_order = [begun, ended, asked_again, ended_again, another]
        for index, later in enumerate(in_order):
            assert not any(later.is_older_than(earlier) for earlier in in_order[:index])
            assert all(earlier.is_older_than(later) for earlier in in_order[:index] if later != asked_again)
        assert ended.is_older_than(asked_again)

    def test_later_status_sorts_later(self, load: Load) -> None:
        first, second = load("github/status"), load("github/status") | {"id": 33000000790, "updated_at": None}
        assert gate("status", first).version.is_older_than(gate("status", second).version)

    def test_branches_have_the_commit_as_head(self, load: Load) -> None:
        payload = load("github/status")
        assert gate("status", payload).branches == ("once",)
        payload["branches"] += [{"name": "built-on-it", "commit": {"sha": "b" * 40}}]
        assert gate("status", payload).branches == ("once",)
        assert gate("check_run", load("github/check_run.completed")).branches == ("once",)

    @pytest.mark.parametrize(
        ("repository", "ref", "branches"),
        [
            ({"id": 880100200}, "once", ("once",)),
            ({"id": 880100200}, None, ("once",)),
            ({"id": 4}, "once", ()),
            ({"id": 4}, None, ()),
            ({"id": 4}, "other", ("once",)),
            ({}, "once", ()),
            (None, "once", ()),
        ],
    )
    @pytest.mark.parametrize("place", ["check_run", "check_suite"])
    def test_branch_of_a_fork_is_not_the_repositorys(
        self, load: Load, place: str, repository: object, ref: str | None, branches: tuple[str, ...]
    ) -> None:
        payload = load("github/check_run.completed")
        check = payload["check_run"]
        holder = check if place == "check_run" else check["check_suite"]
        holder["pull_requests"] = [{"head": {"ref": ref, "repo": repository}}]
        assert gate("check_run", payload).branches == branches

    @pytest.mark.parametrize(("repository", "branches"), [({"id": 880100200}, ("once",)), ({"id": 4}, ())])
    def test_head_repository_names_the_fork(
        self, load: Load, repository: object, branches: tuple[str, ...]
    ) -> None:
        payload = load("github/check_run.completed")
        payload["check_run"]["check_suite"] |= {"pull_requests": None, "head_repository": repository}
        assert gate("check_run", payload).branches == branches

    def test_title_and_summary_have_numbers(self, load: Load) -> None:
        payload = load("github/check_run.completed")
        payload["check_run"]["output"] |= {"title": "Coverage: 84.9%", "summary": "| a |\nwarnings = 3"}
        assert gate("check_run", payload).numbers == {"coverage": 84.9, "warnings": 3}
        status = load("github/status") | {"description": "coverage: 85 %"}
        assert gate("status", status).numbers == {"coverage": 85}


def test_ping_is_ignored(load: Load) -> None:
    assert ignored("ping", load("github/ping")) == "ping"


class TestPush:
    def test_push_moves_a_branch(self, load: Load) -> None:
        parse_push = github.parse("push", load("github/push"), "mosaic")
        assert isinstance(parse_push, CommitPushed)
        assert (parse_push.repository, parse_push.branch, parse_push.after) == (
            "harbour/lighthouse",
            "once",
            SHA,
        )
        assert parse_push.before == "9d3c1a5e7b2f4806c1d9e0a7b3f5c2d4e6a8b0c1"

    def test_push_by_the_bot_counts(self, load: Load) -> None:
        assert load("github/push")["sender"]["login"] == "mosaic[bot]"

    @pytest.mark.parametrize(
        ("changed", "reason"),
        [
            ({"ref": "refs/tags/v1"}, "the push is not to a branch"),
            ({"ref": "once"}, "the push is not to a branch"),
            ({"after": "0" * 40, "deleted": True}, "the branch is gone"),
        ],
    )
    def test_other_pushes_are_ignored(self, load: Load, changed: dict[str, Any], reason: str) -> None:
        assert ignored("push", load("github/push") | changed) == reason

    @pytest.mark.parametrize("field", ["before", "after"])
    def test_short_commit_id_is_rejected(self, load: Load, field: str) -> None:
        with pytest.raises(PayloadError) as refused:
            github.parse("push", load("github/push") | {field: SHA[:12]}, "mosaic")
        assert refused.value.field == field


@pytest.mark.parametrize("event", ["star", "workflow_run", "", "x" * 500, "<script>"])
def test_other_events_are_not_parsed(event: str) -> None:
    assert ignored(event, {"repository": 7}).endswith("creates no job")


def test_event_is_read_from_the_header() -> None:
    assert github.event_of({"x-github-event": "status"}) == "status"
    assert github.event_of({"X-GitHub-Event": "ping"}) == "ping"
    assert github.event_of({}) == ""


def test_repository_is_read_before_authentication(load: Load) -> None:
    assert github.repository_of(load("github/ping")) == "harbour/lighthouse"


@pytest.mark.parametrize(
    "payload",
    [None, 1, "a/b", [], {}, {"repository": "a/b"}, {"repository": {"full_name": 1}}]
    + [{"repository": {"full_name": name}} for name in ("", "a", "a/b/c", "../b", "a/..", "a/b\n", "a b/c")],
)
def test_missing_repository_is_none(payload: object) -> None:
    assert github.repository_of(payload) is None


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("action", 1),
        ("comment.body", 7),
        ("comment.id", "12"),
        ("comment.id", True),
        ("comment.user.login", None),
        ("issue", None),
        ("issue.number", 0),
        ("issue.labels[0].name", 1),
        ("repository.full_name", "lighthouse"),
        ("sender.login", []),
    ],
)
def test_field_of_wrong_type_is_named(load: Load, path: str, value: object) -> None:
    payload = load("github/issue_comment.created")
    *parents, last = path.replace("[", ".").replace("]", "").split(".")
    target: Any = payload
    for step in parents:
        target = target[int(step) if step.isdigit() else step]
    target[last] = value
    with pytest.raises(PayloadError) as refused:
        github.parse("issue_comment", payload, "mosaic")
    assert refused.value.field == path


def test_missing_field_is_named(load: Load) -> None:
    check_run = load("github/check_run.completed")
    check_run["check_run"]["conclusion"] = None
    status = load("github/status") | {"sha": "main"}
    for event, payload, field in [
        ("issue_comment", {}, "action"),
        ("issue_comment", {"action": "created"}, "repository"),
        ("check_run", check_run, "check_run.conclusion"),
        ("status", status, "sha"),
        ("ping", [], "body"),
    ]:
        with pytest.raises(PayloadError) as refused:
            github.parse(event, payload, "mosaic")
        assert refused.value.field == field
