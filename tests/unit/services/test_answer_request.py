"""What is published about a request on an issue: accepted or refused, why, and the jobs that it is about."""

from __future__ import annotations

from typing import Any

import pytest

from mosaic.access.model import Workspace
from mosaic.forge.intent import CommandRequested, CommentContext, Intent, IssueContext, JobRequested
from mosaic.forge.issue_answer import MAX_LINES, IssueAnswer, JobLine
from mosaic.jobs.errors import RequestRefused
from mosaic.jobs.states import JobStatus, Waiting
from mosaic.jobs.text import CUT_MARK
from mosaic.storage.event_bus import MAX_BYTES, AnswerEntry, size_of
from tests.fakes import samples
from tests.fakes.simulated_deployment import SimulatedDeployment

WORKSPACE = Workspace(id="demo", forge_admins=("github:ada",))
COMMENT = CommentContext(
    text="@mosaic …", author="ada", id="41", url="https://forge.test/7#41", kind="review_comment"
)
USUAL: dict[str, Any] = {
    "provider": "github",
    "repository": "acme/shop",
    "issue": IssueContext(number=7, comment=COMMENT),
    "actor": "ada",
    "claim": "claim-1",
}


def task(**changes: Any) -> JobRequested:
    return JobRequested(**{**USUAL, "action": "mentioned", "instructions": "Mend it", **changes})


def command(**changes: Any) -> CommandRequested:
    return CommandRequested(**{**USUAL, "command": "cancel", **changes})


def answers(deployment: SimulatedDeployment, *requests: Intent) -> list[IssueAnswer]:
    for request in requests:
        deployment.webhook_handler.handle(WORKSPACE, request)
    return deployment.bus.answers


def test_accepted_request_gets_a_reaction_only(deployment: SimulatedDeployment) -> None:
    (answer,) = answers(deployment, task())
    assert answer == IssueAnswer(
        workspace_id="demo",
        id="claim-1",
        provider="github",
        repository="acme/shop",
        issue_number=7,
        outcome="accepted",
        actor="ada",
        comment_id="41",
        comment_kind="review_comment",
        url="https://forge.test/7#41",
        at=deployment.clock(),
    )


def test_request_by_the_issue_itself_names_no_comment(deployment: SimulatedDeployment) -> None:
    (answer,) = answers(deployment, task(issue=IssueContext(number=8, title="x", url="https://forge.test/8")))
    assert (answer.issue_number, answer.comment_id, answer.url) == (8, None, "https://forge.test/8")


@pytest.mark.parametrize("provider", ["github", "gitea", "forgejo"])
def test_repeated_delivery_has_the_same_answer_id(deployment: SimulatedDeployment, provider: str) -> None:
    first, second = answers(deployment, task(provider=provider), task(provider=provider))
    assert (first.id, second.id, second.outcome) == ("claim-1", "claim-1", "accepted")


def test_refusal_says_why_and_lists_the_jobs(deployment: SimulatedDeployment) -> None:
    source = {"kind": "github", "actor": "github:ada"}
    for _ in range(MAX_LINES + 2):
        deployment.accept(repository="acme/shop", issue_number=7, source=source)
    (answer,) = answers(deployment, command())
    newest_first = sorted(deployment.jobs.everything(), key=lambda job: job.id, reverse=True)
    assert answer.outcome == "refused"
    assert answer.text
    assert "12 jobs of this issue can be cancelled" in answer.text
    assert answer.jobs == tuple(map(JobLine.of, newest_first[:MAX_LINES]))
    assert answer.more_jobs == 2


def test_status_lists_the_jobs(deployment: SimulatedDeployment) -> None:
    _, answer = answers(deployment, task(), command(command="status", claim="claim-2"))
    assert (answer.outcome, answer.text) == ("accepted", "the jobs of this issue")
    assert [line.code for line in answer.jobs] == [job.short_code for job in deployment.jobs.everything()]


@pytest.mark.parametrize(
    ("attempt", "waiting", "suffix"),
    [(1, Waiting.APPROVAL, ""), (2, Waiting.APPROVAL, "-2"), (12, Waiting.APPROVAL, "-12"), (2, None, "")],
)
def test_line_shows_the_code_that_a_command_needs(attempt: int, waiting: Waiting | None, suffix: str) -> None:
    job = samples.job().evolve(status=JobStatus.PENDING, attempt=attempt, waiting=waiting)
    assert JobLine.of(job).code == f"{job.short_code}{suffix}"


class Quota(RequestRefused):
    """A refusal of another service."""


def test_refused_job_is_answered(deployment: SimulatedDeployment, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise Quota("you have reached the quota of today")

    monkeypatch.setattr(deployment.acceptance, "accept", refuse)
    (answer,) = answers(deployment, task())
    assert (answer.outcome, answer.text) == ("refused", "you have reached the quota of today")


def test_bot_form_is_answered_by_http_only(deployment: SimulatedDeployment) -> None:
    assert answers(deployment, task(provider="mosaic"), command(provider="mosaic", claim="c")) == []


def test_unpublished_answer_fails_no_request(deployment: SimulatedDeployment) -> None:
    deployment.bus.refuses.add("claim-1")
    assert deployment.webhook_handler.handle(WORKSPACE, task()).queued
    assert deployment.bus.answers == []


def test_longest_answer_fits_on_the_bus(deployment: SimulatedDeployment) -> None:
    long = "\x01" * 100_000
    (answer,) = answers(
        deployment,
        command(
            actor=long,
            issue=IssueContext(number=7, comment=COMMENT.model_copy(update={"url": f"https://{long}"})),
        ),
    )
    assert answer.actor.endswith(CUT_MARK)
    assert size_of(AnswerEntry(answer)) <= MAX_BYTES
