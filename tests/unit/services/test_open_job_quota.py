"""An actor and an issue have a limited number of open jobs, also under concurrent requests and crashes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from mosaic.access.model import Workspace
from mosaic.forge.intent import CommandRequested, CommentContext, IssueContext
from mosaic.jobs.errors import QuotaReached
from mosaic.jobs.lifecycle import ENDED
from mosaic.jobs.model import Job
from mosaic.jobs.open_jobs import STORE_WINDOW
from mosaic.services.accept_job import ClaimKey
from tests.fakes import samples
from tests.fakes.crash_injector import ConcurrentChange, CrashInjector, ProcessKilled, moments
from tests.fakes.simulated_deployment import SimulatedDeployment

WORKSPACE = Workspace(id="demo", max_open_jobs_per_actor=3, max_open_jobs_per_issue=2)


def requested(
    deployment: SimulatedDeployment,
    issue: int = 7,
    actor: str = "github:eve",
    role: str = "guest",
    workspace: Workspace = WORKSPACE,
    claim: str | None = None,
) -> Job:
    """Returns the job of a request on a forge. Raises QuotaReached."""
    source = {"kind": "github", "actor": actor, "role": "guest", "actor_role": role}
    fields: dict[str, Any] = {"repository": "acme/shop", "issue_number": issue, "source": source}
    key = ClaimKey(claim, "") if claim else None
    return deployment.acceptance.accept(samples.draft(**fields), key, workspace).job


def end(deployment: SimulatedDeployment, job: Job) -> None:
    deployment.control.cancel("demo", job.id, "token:1", "not needed")


def test_actor_has_a_limit_over_all_issues(deployment: SimulatedDeployment) -> None:
    jobs = [requested(deployment, issue) for issue in (1, 2, 3)]
    with pytest.raises(QuotaReached, match=r"github:eve has 3 jobs .* maxOpenJobsPerActor"):
        requested(deployment, 4)
    requested(deployment, 4, "github:mallory")
    end(deployment, jobs[1])
    assert requested(deployment, 4).id
    with pytest.raises(QuotaReached):
        requested(deployment, 5)


def test_issue_has_a_limit_over_all_actors(deployment: SimulatedDeployment) -> None:
    jobs = [requested(deployment, actor=f"github:eve{n}") for n in range(2)]
    with pytest.raises(QuotaReached, match=r"this issue has 2 jobs .* maxOpenJobsPerIssue"):
        requested(deployment, actor="github:eve3")
    requested(deployment, 8, "github:eve3")
    end(deployment, jobs[0])
    requested(deployment, actor="github:eve3")


def test_guests_do_not_use_up_the_limit_of_members(deployment: SimulatedDeployment) -> None:
    for n in range(2):
        requested(deployment, actor=f"github:eve{n}")
    for n in range(2):
        requested(deployment, actor=f"github:grace{n}", role="member")
    with pytest.raises(QuotaReached):
        requested(deployment, actor="github:ada", role="admin")


def test_refused_actor_uses_up_no_issue(deployment: SimulatedDeployment) -> None:
    for issue in (1, 2, 3):
        requested(deployment, issue)
    for _ in range(5):
        with pytest.raises(QuotaReached):
            requested(deployment, 9)
    for n in range(2):
        requested(deployment, 9, f"github:eve{n}")


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("github:Eve", "github:eve", True),
        ("github:eve#7", "github:renamed#7", True),
        ("github:eve#7", "github:eve#8", False),
        ("github:eve", "gitea:eve", False),
    ],
)
def test_limit_is_that_of_the_account(
    deployment: SimulatedDeployment, first: str, second: str, same: bool
) -> None:
    one = WORKSPACE.model_copy(update={"max_open_jobs_per_actor": 1})
    requested(deployment, 1, first, workspace=one)
    if same:
        with pytest.raises(QuotaReached, match="has 1 job that has not ended"):
            requested(deployment, 2, second, workspace=one)
    else:
        requested(deployment, 2, second, workspace=one)


def test_lower_limit_counts_at_once(deployment: SimulatedDeployment) -> None:
    jobs = [requested(deployment, issue) for issue in (1, 2, 3)]
    one = WORKSPACE.model_copy(update={"max_open_jobs_per_actor": 1})
    for job in jobs:
        with pytest.raises(QuotaReached):
            requested(deployment, 9, workspace=one)
        end(deployment, job)
    requested(deployment, 9, workspace=one)


def test_repeated_delivery_counts_once(deployment: SimulatedDeployment) -> None:
    first = requested(deployment, claim="comment-1")
    for _ in range(5):
        assert requested(deployment, claim="comment-1").id == first.id
    requested(deployment)


def test_retry_on_the_issue_counts_again(deployment: SimulatedDeployment) -> None:
    comment = CommentContext(text="@mosaic retry", author="ada", id="9")
    retry = CommandRequested(
        command="retry",
        provider="github",
        repository="acme/shop",
        issue=IssueContext(number=1, comment=comment),
        actor="ada",
        claim="comment-9",
    )
    admins = WORKSPACE.model_copy(update={"forge_admins": ("github:ada",)})
    ended = requested(deployment, 1)
    end(deployment, ended)
    open_ones = [requested(deployment, issue) for issue in (2, 3, 4)]
    refused = deployment.webhook_handler.handle(admins, retry)
    assert "maxOpenJobsPerActor" in (refused.ignored or "")
    assert deployment.reload(ended).attempt == 1
    end(deployment, open_ones[0])
    retried = deployment.webhook_handler.handle(admins, retry)
    assert (retried.ignored, deployment.reload(ended).attempt) == (None, 2)
    with pytest.raises(QuotaReached):
        requested(deployment, 5)


def test_request_of_the_api_is_not_limited(deployment: SimulatedDeployment) -> None:
    for _ in range(5):
        deployment.accept(repository="acme/shop", issue_number=7)


def open_jobs(deployment: SimulatedDeployment) -> list[Job]:
    return [job for job in deployment.jobs.everything() if job.status not in ENDED]


def test_concurrent_requests_keep_the_limit() -> None:
    """Another delivery is handled before any of the calls of a request."""
    counted = CrashInjector()
    requested(SimulatedDeployment(counted))
    one = WORKSPACE.model_copy(update={"max_open_jobs_per_actor": 1})
    for before in range(1, len(counted.calls) + 1):
        meanwhile = ConcurrentChange(before)
        deployment = SimulatedDeployment(meanwhile)
        meanwhile.act = quietly(partial(requested, deployment, 8, workspace=one))
        quietly(partial(requested, deployment, workspace=one))()
        assert len(open_jobs(deployment)) == 1, counted.calls[before - 1]


def quietly(request: Callable[[], Job]) -> Callable[[], None]:
    """Returns the request without the refusal."""

    def run() -> None:
        with suppress(QuotaReached):
            request()

    return run


def test_crash_takes_no_room_for_longer_than_a_minute() -> None:
    counted = CrashInjector()
    requested(SimulatedDeployment(counted))
    one = WORKSPACE.model_copy(update={"max_open_jobs_per_actor": 1, "max_open_jobs_per_issue": 1})
    for at, call in enumerate(counted.calls, start=1):
        for moment in moments(call):
            deployment = SimulatedDeployment(CrashInjector(at, moment))
            with suppress(ProcessKilled):
                requested(deployment, claim="comment-1", workspace=one)
            # The forge delivers the same request again.
            job = requested(deployment, claim="comment-1", workspace=one)
            with pytest.raises(QuotaReached):
                requested(deployment, 8, workspace=one)
            end(deployment, job)
            deployment.pass_time(STORE_WINDOW.total_seconds())
            requested(deployment, workspace=one)
            assert len(open_jobs(deployment)) == 1, (at, moment, call)


def test_request_that_was_never_stored_counts_for_a_minute() -> None:
    deployment = SimulatedDeployment(crashes := ConcurrentChange("FakeJobs.add"))
    one = WORKSPACE.model_copy(update={"max_open_jobs_per_actor": 1})

    def kill() -> None:
        raise ProcessKilled

    crashes.act = kill
    with suppress(ProcessKilled):
        requested(deployment, workspace=one)
    with pytest.raises(QuotaReached):
        requested(deployment, workspace=one)
    deployment.pass_time(STORE_WINDOW.total_seconds())
    requested(deployment, workspace=one)
