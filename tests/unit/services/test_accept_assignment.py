"""Gitea repeats an assignment with all assignees whenever one is added: only the bot's own makes a job."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from mosaic.access.model import Workspace
from mosaic.forge import forgejo, gitea
from mosaic.forge.intent import JobRequested
from mosaic.jobs import lifecycle
from mosaic.jobs.model import Job
from mosaic.services.handle_webhook import WebhookResult
from tests.fakes.simulated_deployment import SimulatedDeployment

WORKSPACE = Workspace(id="demo", forge_members=("gitea:ada", "forgejo:ada"))


class Issue:
    """An issue on Gitea whose assignees change, one second after another."""

    def __init__(self, deployment: SimulatedDeployment, forge: Any = gitea) -> None:
        self._deployment = deployment
        self._forge = forge
        self._seconds = 0

    def assigned(self, *logins: str, same_time: bool = False) -> JobRequested:
        """Returns the intent of Gitea's delivery after somebody was added to the assignees."""
        self._seconds += not same_time
        payload = {
            "action": "assigned",
            "issue": {
                "number": 7,
                "title": "The lamp blinks",
                "user": {"login": "ada", "id": 5},
                "assignees": [{"login": login} for login in logins],
                "updated_at": f"2026-11-21T11:00:{self._seconds:02d}Z",
            },
            "repository": {"full_name": "acme/shop", "id": 31},
            "sender": {"login": "ada", "id": 5},
        }
        intent = self._forge.parse("issue_assign", payload, "mosaic")
        assert isinstance(intent, JobRequested)
        return intent

    def deliver(self, *logins: str, **options: Any) -> WebhookResult:
        """Handles that delivery."""
        return self.handle(self.assigned(*logins, **options))

    def handle(self, intent: JobRequested) -> WebhookResult:
        """Handles an intent."""
        return self._deployment.webhook_handler.handle(WORKSPACE, intent)


@pytest.fixture(params=[gitea, forgejo], ids=["gitea", "forgejo"])
def issue(request: pytest.FixtureRequest, deployment: SimulatedDeployment) -> Issue:
    return Issue(deployment, request.param)


@pytest.fixture
def end(deployment: SimulatedDeployment) -> Callable[[Job], None]:
    """Returns a function that ends a job."""

    def cancel(job: Job) -> None:
        known = deployment.reload(job)
        deployment.jobs.save(lifecycle.cancel(known, deployment.clock(), "token:ada"))

    return cancel


def made(result: WebhookResult) -> Job:
    assert result.job
    assert not result.duplicate
    return result.job


def test_assignment_of_the_bot_makes_a_job(issue: Issue) -> None:
    job = made(issue.deliver("mosaic"))
    assert job.source.trigger == "assigned"


@pytest.mark.parametrize("assignees", [("mosaic", "bob"), ("bob", "mosaic")])
def test_second_assignee_starts_no_second_agent(issue: Issue, assignees: tuple[str, ...]) -> None:
    first = made(issue.deliver("mosaic"))
    second = issue.deliver(*assignees)
    assert (second.job and second.job.id, second.duplicate, second.queued) == (first.id, True, False)


def test_second_assignee_after_the_end_starts_no_agent(issue: Issue, end: Callable[[Job], None]) -> None:
    first = made(issue.deliver("mosaic"))
    end(first)
    second = issue.deliver("mosaic", "bob")
    assert (second.job and second.job.id, second.duplicate) == (first.id, True)


def test_bot_assigned_beside_another_makes_a_job(issue: Issue) -> None:
    made(issue.deliver("bob", "mosaic"))


def test_assignment_again_after_the_end_makes_a_job(issue: Issue, end: Callable[[Job], None]) -> None:
    first = made(issue.deliver("mosaic"))
    end(first)
    assert made(issue.deliver("mosaic")).id != first.id


def test_assignment_while_the_job_is_open_repeats_it(issue: Issue) -> None:
    first = made(issue.deliver("mosaic"))
    again = issue.deliver("mosaic")
    assert (again.job and again.job.id, again.duplicate) == (first.id, True)


def test_replay_after_the_end_repeats_the_assignment(issue: Issue, end: Callable[[Job], None]) -> None:
    delivery = issue.assigned("mosaic")
    first = made(issue.handle(delivery))
    end(first)
    replayed = issue.handle(delivery)
    assert (replayed.job and replayed.job.id, replayed.duplicate) == (first.id, True)


def test_two_assignees_at_once_make_one_job() -> None:
    """The index lists the first job only later, as with DynamoDB."""
    deployment = SimulatedDeployment(lag=lambda: timedelta(minutes=5))
    issue = Issue(deployment)
    first = made(issue.deliver("mosaic", "bob"))
    second = issue.deliver("mosaic", "bob")
    assert (second.job and second.job.id, second.duplicate) == (first.id, True)


def test_job_of_a_mention_is_no_assignment(issue: Issue) -> None:
    mention = issue.assigned("mosaic").model_copy(
        update={"action": "mentioned", "claim": "comment-1", "first_claim": None}
    )
    made(issue.handle(mention))
    made(issue.deliver("mosaic", "bob"))
