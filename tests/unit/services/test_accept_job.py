"""A job is taken in once, however often it is asked for and whatever breaks on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mosaic.jobs.errors import InputTooLarge
from mosaic.jobs.limits import MAX_INPUT_BYTES
from mosaic.jobs.states import JobStatus
from mosaic.jobs.value_objects import IssueContext
from mosaic.services.accept_job import Accepted, ClaimKey, ClaimReused
from tests.fakes import samples
from tests.fakes.clock import NOON
from tests.fakes.crash_injector import ConcurrentChange, CrashInjector, ProcessKilled
from tests.fakes.simulated_deployment import SimulatedDeployment

CLAIM = ClaimKey("key#1", "the request")


def wakes(deployment: SimulatedDeployment) -> list[str]:
    return [message.job_message.job_id for message in deployment.queue.messages]


def test_an_accepted_job_is_stored_queued_and_its_message_sent(deployment: SimulatedDeployment) -> None:
    accepted = deployment.acceptance.accept(samples.draft())
    assert not accepted.duplicate
    assert accepted.job.status is JobStatus.QUEUED
    assert deployment.reload(accepted.job) == accepted.job
    assert wakes(deployment) == [accepted.job.id]


def test_without_a_claim_every_request_is_a_job(deployment: SimulatedDeployment) -> None:
    assert deployment.accept().id != deployment.accept().id


def test_a_replay_finds_the_job_as_it_is_now_and_wakes_nobody(deployment: SimulatedDeployment) -> None:
    job = deployment.accept(CLAIM)
    cancelled = deployment.control.cancel("demo", job.id, "token:ada")
    sent = wakes(deployment)
    accepted = deployment.acceptance.accept(samples.draft(), CLAIM)
    assert (accepted.job, accepted.duplicate) == (cancelled, True)
    assert wakes(deployment) == sent


def test_a_known_key_with_another_request_is_refused_and_says_why(deployment: SimulatedDeployment) -> None:
    deployment.accept(CLAIM)
    with pytest.raises(ClaimReused, match="another request"):
        deployment.accept(ClaimKey(CLAIM.key, "another request"))
    assert len(deployment.jobs.everything()) == 1


def test_the_same_key_in_another_workspace_is_another_job(deployment: SimulatedDeployment) -> None:
    assert deployment.accept(CLAIM).id != deployment.accept(CLAIM, workspace_id="acme").id


def test_a_key_that_is_kept_for_a_while_makes_a_new_job_after_it(deployment: SimulatedDeployment) -> None:
    kept = ClaimKey("key#1", "the request", timedelta(days=7))
    job = deployment.accept(kept)
    deployment.clock.forward(7 * 86400 - 1)
    assert deployment.accept(kept).id == job.id
    deployment.clock.forward(1)
    assert deployment.accept(kept).id != job.id


@pytest.mark.parametrize(
    ("call", "moment"),
    [(1, "before"), (1, "after"), (2, "before"), (2, "after"), (3, "before"), (3, "after")],
    ids=lambda value: str(value),
)
def test_whoever_dies_on_the_way_a_replay_finishes_the_same_job(call: int, moment: str) -> None:
    deployment = SimulatedDeployment(CrashInjector(call, "before" if moment == "before" else "after"))
    with pytest.raises(ProcessKilled):
        deployment.accept(CLAIM, repository="acme/shop")
    deployment.accept(CLAIM, repository="acme/shop")
    (job,) = deployment.jobs.everything()
    assert job.branch == f"mosaic/{job.id}"
    deployment.run_until(deployment.is_idle)
    assert deployment.reload(job).status is JobStatus.COMPLETED


def test_of_two_at_once_one_makes_the_job_and_both_have_it() -> None:
    """The second comes while the first has its claim and not yet its job."""
    meanwhile, second = ConcurrentChange("FakeJobs.add"), list[Accepted]()
    deployment = SimulatedDeployment(meanwhile)
    meanwhile.act = lambda: second.append(deployment.acceptance.accept(samples.draft(), CLAIM))
    first = deployment.acceptance.accept(samples.draft(), CLAIM)
    assert second == [Accepted(first.job, duplicate=False)]
    assert first.duplicate
    assert deployment.jobs.everything() == (first.job,)


def test_a_queue_that_is_down_does_not_turn_a_job_away(deployment: SimulatedDeployment) -> None:
    deployment.queue.down = True
    job = deployment.accept()
    assert job.status is JobStatus.QUEUED
    deployment.queue.down = False
    deployment.run_until(deployment.is_idle)
    assert deployment.reload(job).status is JobStatus.COMPLETED


@pytest.mark.parametrize("fields", [{}, {"context": IssueContext(labels=("é",))}])
def test_a_job_that_is_too_large_is_refused_and_takes_no_key(
    deployment: SimulatedDeployment, fields: dict[str, object]
) -> None:
    size = MAX_INPUT_BYTES + 1 if not fields else MAX_INPUT_BYTES
    with pytest.raises(InputTooLarge):
        deployment.accept(CLAIM, instructions="x" * size, **fields)
    assert deployment.jobs.everything() == ()
    assert deployment.accept(ClaimKey(CLAIM.key, "a smaller request")).status is JobStatus.QUEUED


@pytest.mark.parametrize(
    ("delay", "status", "sent"),
    [
        (timedelta(seconds=-1), JobStatus.QUEUED, True),
        (timedelta(), JobStatus.QUEUED, True),
        (timedelta(seconds=1), JobStatus.PENDING, True),
        (timedelta(seconds=900), JobStatus.PENDING, True),
        # More than the queue can delay: the sweep brings it.
        (timedelta(seconds=901), JobStatus.PENDING, False),
        (timedelta(days=30), JobStatus.PENDING, False),
    ],
)
def test_a_delayed_job_waits_for_its_time(
    deployment: SimulatedDeployment, delay: timedelta, status: JobStatus, sent: bool
) -> None:
    job = deployment.accept(run_at=deployment.clock() + delay)
    assert job.status is status
    assert wakes(deployment) == ([job.id] if sent else [])


@pytest.mark.parametrize("seconds", [30, 3600])
def test_a_delayed_job_runs_at_its_time_and_not_before(deployment: SimulatedDeployment, seconds: int) -> None:
    job = deployment.accept(run_at=deployment.clock() + timedelta(seconds=seconds))
    deployment.run(seconds - 5)
    assert deployment.reload(job).status is JobStatus.PENDING
    deployment.run(200)
    assert deployment.reload(job).status is JobStatus.COMPLETED


def test_a_job_made_late_was_created_when_its_key_was_claimed() -> None:
    """Its id holds that time, and lists by time go by ids; it is new to those who follow changes."""
    deployment = SimulatedDeployment(CrashInjector(1, "after"))
    with pytest.raises(ProcessKilled):
        deployment.acceptance.accept(samples.draft(), CLAIM)
    deployment.clock.forward(3600)
    job = deployment.accept(CLAIM)
    assert (job.created_at, job.updated_at) == (NOON, NOON + timedelta(hours=1))
