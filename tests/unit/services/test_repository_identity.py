"""A repository is its forge's id: its jobs stay its own when it is renamed, or made again under its name."""

from __future__ import annotations

from typing import Any

import pytest

from mosaic.access.model import Workspace
from mosaic.forge import github
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus
from mosaic.services.handle_webhook import WebhookResult
from tests.fakes.simulated_deployment import SimulatedDeployment

WORKSPACE = Workspace(id="demo", forge_members=("github:ada",))
OLD, NEW, AGAIN = ("acme/shop", 1), ("acme/store", 1), ("acme/shop", 2)
COMMIT = "c" * 40


def deliver(
    deployment: SimulatedDeployment, event: str, repository: tuple[str, int], **payload: Any
) -> WebhookResult:
    """Handles a delivery of GitHub for a repository with this name and id."""
    name, number = repository
    common = {"repository": {"full_name": name, "id": number}, "sender": {"login": "ada", "id": 5}}
    return deployment.webhook_handler.handle(WORKSPACE, github.parse(event, common | payload, "mosaic"))


def opened(deployment: SimulatedDeployment, repository: tuple[str, int]) -> WebhookResult:
    """Handles issue 7, opened with a request."""
    issue = {
        "number": 7,
        "title": "Lamp",
        "body": "@mosaic mend the lamp",
        "user": {"login": "ada", "id": 5},
    }
    return deliver(deployment, "issues", repository, action="opened", issue=issue)


def commented(
    deployment: SimulatedDeployment, repository: tuple[str, int], text: str, comment_id: int = 41
) -> WebhookResult:
    """Handles a comment on issue 7."""
    return deliver(
        deployment,
        "issue_comment",
        repository,
        action="created",
        issue={"number": 7, "user": {"login": "ada", "id": 5}},
        comment={"id": comment_id, "body": text, "user": {"login": "ada", "id": 5}},
    )


def job_of(result: WebhookResult) -> Job:
    assert result.job
    return result.job


def test_job_has_the_id_of_its_repository(deployment: SimulatedDeployment) -> None:
    job = job_of(opened(deployment, OLD))
    assert (job.repository, job.repository_id) == ("acme/shop", "github:1")
    assert job.source.actor == "github:ada#5"


def test_command_reaches_the_job_of_a_renamed_repository(deployment: SimulatedDeployment) -> None:
    job = job_of(opened(deployment, OLD))
    result = commented(deployment, NEW, "@mosaic cancel")
    assert (job_of(result).id, job_of(result).status) == (job.id, JobStatus.CANCELLED)


def test_command_reaches_no_job_of_an_earlier_repository(deployment: SimulatedDeployment) -> None:
    job = job_of(opened(deployment, OLD))
    result = commented(deployment, AGAIN, "@mosaic cancel")
    assert result.ignored == "there is no job for this issue"
    assert deployment.reload(job) == job


def test_issue_of_a_new_repository_is_not_swallowed(deployment: SimulatedDeployment) -> None:
    first = job_of(opened(deployment, OLD))
    again = opened(deployment, AGAIN)
    assert not again.duplicate
    assert job_of(again).id != first.id


def test_replay_after_a_rename_is_a_duplicate(deployment: SimulatedDeployment) -> None:
    first = job_of(opened(deployment, OLD))
    again = opened(deployment, NEW)
    assert (job_of(again).id, again.duplicate) == (first.id, True)


@pytest.mark.parametrize(("repository", "is_found"), [(OLD, True), (NEW, True), (AGAIN, False)])
def test_push_finds_the_job_by_the_id(
    deployment: SimulatedDeployment, repository: tuple[str, int], is_found: bool
) -> None:
    job = deployment.process(job_of(opened(deployment, OLD)))
    ref = f"refs/heads/{job.push_branch}"
    result = deliver(deployment, "push", repository, ref=ref, before="0" * 40, after=COMMIT)
    assert (result.job is not None) is is_found
    assert (deployment.reload(job).commit_sha == COMMIT) is is_found
