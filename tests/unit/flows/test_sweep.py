"""The alarm clock: what is due is woken, once, and what cannot be woken now is not forgotten."""

from __future__ import annotations

import pytest

from mosaic.flows.sweep import SweepIncomplete
from mosaic.jobs.states import JobStatus
from mosaic.metrics import Metric
from tests.fakes.fate import Trouble
from tests.fakes.world import World


def lost(world: World, number: int) -> None:
    """So many jobs whose messages were lost, a while ago."""
    world.queue.down = True
    for _ in range(number):
        world.accept()
    world.queue.down = False
    world.clock.forward(61)


def test_nothing_due_nothing_sent(world: World) -> None:
    world.accept()
    world.queue.messages.clear()
    assert world.sweep.sweep() == 0
    assert world.queue.messages == []


@pytest.mark.parametrize("number", [1, 30])
def test_every_due_job_is_sent_one_message(world: World, number: int) -> None:
    lost(world, number)
    assert world.sweep.sweep() == number
    woken = sorted(message.wake.job_id for message in world.queue.messages)
    assert woken == [job.id for job in world.jobs.everything()]


def test_two_sweeps_send_one_message(world: World) -> None:
    lost(world, 3)
    assert (world.sweep.sweep(), world.sweep.sweep()) == (3, 0)


def test_what_is_still_due_later_is_sent_again(world: World) -> None:
    lost(world, 1)
    world.sweep.sweep()
    world.queue.messages.clear()
    world.clock.forward(120)
    assert world.sweep.sweep() == 1


def test_a_message_that_cannot_be_sent_is_sent_by_a_later_sweep(world: World) -> None:
    lost(world, 2)
    world.queue.down = True
    assert world.sweep.sweep() == 0
    world.queue.down = False
    world.clock.forward(120)
    assert world.sweep.sweep() == 2


def test_a_sweep_changes_no_job_and_makes_no_event(world: World) -> None:
    lost(world, 1)
    (job,) = world.jobs.everything()
    world.record()
    before = world.events.everything()
    world.sweep.sweep()
    world.record()
    assert world.again(job) == job
    assert world.events.everything() == before


def test_a_lost_job_is_done_in_the_end(world: World) -> None:
    lost(world, 1)
    world.until(world.at_rest)
    assert [job.status for job in world.jobs.everything()] == [JobStatus.COMPLETED]


def test_a_shard_that_fails_holds_up_no_other() -> None:
    world = World(Trouble("FakeJobs.due", RuntimeError("throttled"), times=1))
    lost(world, 40)
    with pytest.raises(SweepIncomplete, match="shards \\[0\\]"):
        world.sweep.sweep()
    woken = len(world.queue.messages)
    assert 0 < woken < 40
    assert world.sweep.sweep() == 40 - woken


@pytest.mark.parametrize(("minutes", "overdue"), [(0, 0), (4, 0), (6, 2)])
def test_jobs_that_were_passed_over_are_measured(world: World, minutes: int, overdue: int) -> None:
    lost(world, 2)
    world.clock.forward(minutes * 60)
    world.sweep.sweep()
    assert sum(one.value for one in world.measured if one.metric is Metric.JOBS_OVERDUE) == overdue


def test_none_overdue_is_measured_too(world: World) -> None:
    """An alarm that hears nothing cannot tell whether all is well."""
    world.sweep.sweep()
    assert Metric.JOBS_OVERDUE in {one.metric for one in world.measured}
