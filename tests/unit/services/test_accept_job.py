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
from tests.fakes.crash_injector import CrashInjector, Meanwhile, ProcessKilled
from tests.fakes.simulated_deployment import World

CLAIM = ClaimKey("key#1", "the request")


def wakes(world: World) -> list[str]:
    return [message.wake.job_id for message in world.queue.messages]


def test_an_accepted_job_is_stored_queued_and_its_message_sent(world: World) -> None:
    accepted = world.acceptance.accept(samples.draft())
    assert not accepted.duplicate
    assert accepted.job.status is JobStatus.QUEUED
    assert world.again(accepted.job) == accepted.job
    assert wakes(world) == [accepted.job.id]


def test_without_a_claim_every_request_is_a_job(world: World) -> None:
    assert world.accept().id != world.accept().id


def test_a_replay_finds_the_job_as_it_is_now_and_wakes_nobody(world: World) -> None:
    job = world.accept(CLAIM)
    cancelled = world.control.cancel("demo", job.id, "token:ada")
    sent = wakes(world)
    accepted = world.acceptance.accept(samples.draft(), CLAIM)
    assert (accepted.job, accepted.duplicate) == (cancelled, True)
    assert wakes(world) == sent


def test_a_known_key_with_another_request_is_refused_and_says_why(world: World) -> None:
    world.accept(CLAIM)
    with pytest.raises(ClaimReused, match="another request"):
        world.accept(ClaimKey(CLAIM.key, "another request"))
    assert len(world.jobs.everything()) == 1


def test_the_same_key_in_another_workspace_is_another_job(world: World) -> None:
    assert world.accept(CLAIM).id != world.accept(CLAIM, workspace_id="acme").id


def test_a_key_that_is_kept_for_a_while_makes_a_new_job_after_it(world: World) -> None:
    kept = ClaimKey("key#1", "the request", timedelta(days=7))
    job = world.accept(kept)
    world.clock.forward(7 * 86400 - 1)
    assert world.accept(kept).id == job.id
    world.clock.forward(1)
    assert world.accept(kept).id != job.id


@pytest.mark.parametrize(
    ("call", "moment"),
    [(1, "before"), (1, "after"), (2, "before"), (2, "after"), (3, "before"), (3, "after")],
    ids=lambda value: str(value),
)
def test_whoever_dies_on_the_way_a_replay_finishes_the_same_job(call: int, moment: str) -> None:
    world = World(CrashInjector(call, "before" if moment == "before" else "after"))
    with pytest.raises(ProcessKilled):
        world.accept(CLAIM, repository="acme/shop")
    world.accept(CLAIM, repository="acme/shop")
    (job,) = world.jobs.everything()
    assert job.branch == f"mosaic/{job.id}"
    world.until(world.at_rest)
    assert world.again(job).status is JobStatus.COMPLETED


def test_of_two_at_once_one_makes_the_job_and_both_have_it() -> None:
    """The second comes while the first has its claim and not yet its job."""
    meanwhile, second = Meanwhile("FakeJobs.add"), list[Accepted]()
    world = World(meanwhile)
    meanwhile.act = lambda: second.append(world.acceptance.accept(samples.draft(), CLAIM))
    first = world.acceptance.accept(samples.draft(), CLAIM)
    assert second == [Accepted(first.job, duplicate=False)]
    assert first.duplicate
    assert world.jobs.everything() == (first.job,)


def test_a_queue_that_is_down_does_not_turn_a_job_away(world: World) -> None:
    world.queue.down = True
    job = world.accept()
    assert job.status is JobStatus.QUEUED
    world.queue.down = False
    world.until(world.at_rest)
    assert world.again(job).status is JobStatus.COMPLETED


@pytest.mark.parametrize("fields", [{}, {"context": IssueContext(labels=("é",))}])
def test_a_job_that_is_too_large_is_refused_and_takes_no_key(world: World, fields: dict[str, object]) -> None:
    size = MAX_INPUT_BYTES + 1 if not fields else MAX_INPUT_BYTES
    with pytest.raises(InputTooLarge):
        world.accept(CLAIM, instructions="x" * size, **fields)
    assert world.jobs.everything() == ()
    assert world.accept(ClaimKey(CLAIM.key, "a smaller request")).status is JobStatus.QUEUED


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
    world: World, delay: timedelta, status: JobStatus, sent: bool
) -> None:
    job = world.accept(run_at=world.clock() + delay)
    assert job.status is status
    assert wakes(world) == ([job.id] if sent else [])


@pytest.mark.parametrize("seconds", [30, 3600])
def test_a_delayed_job_runs_at_its_time_and_not_before(world: World, seconds: int) -> None:
    job = world.accept(run_at=world.clock() + timedelta(seconds=seconds))
    world.run(seconds - 5)
    assert world.again(job).status is JobStatus.PENDING
    world.run(200)
    assert world.again(job).status is JobStatus.COMPLETED


def test_a_job_made_late_was_created_when_its_key_was_claimed() -> None:
    """Its id holds that time, and lists by time go by ids; it is new to those who follow changes."""
    world = World(CrashInjector(1, "after"))
    with pytest.raises(ProcessKilled):
        world.acceptance.accept(samples.draft(), CLAIM)
    world.clock.forward(3600)
    job = world.accept(CLAIM)
    assert (job.created_at, job.updated_at) == (NOON, NOON + timedelta(hours=1))
