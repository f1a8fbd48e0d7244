"""The alarm clock: what is due is woken, once, and what cannot be woken now is not forgotten."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from mosaic.jobs.lifecycle import ENDED
from mosaic.jobs.limits import DUE_SHARDS
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Phase, Waiting
from mosaic.metrics import Metric
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.services.sweep_due_jobs import MOST_WOKEN, DueJobSweep, SweepIncomplete, in_turns
from mosaic.storage.jobs import DueJob
from tests.fakes.crash_injector import CrashInjector, Trouble
from tests.fakes.job_queue import FakeQueue
from tests.fakes.simulated_deployment import World


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


def test_a_job_that_cannot_be_read_is_woken_as_the_others_are(world: World) -> None:
    lost(world, 4)
    spoilt, *others = world.jobs.everything()
    world.jobs.unreadable.add((spoilt.workspace_id, spoilt.id))
    assert world.sweep.sweep() == 4
    assert {message.wake.job_id for message in world.queue.messages} == {
        spoilt.id,
        *(other.id for other in others),
    }


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


def due(workspace: str, number: int) -> list[DueJob]:
    return [DueJob(workspace, f"{workspace}-{n:06d}", f"2026-11-22T12:{n // 600:02d}") for n in range(number)]


@pytest.mark.parametrize(
    ("found", "most", "taken"),
    [
        (due("busy", 100_000) + due("quiet", 1), MOST_WOKEN, {"busy": MOST_WOKEN - 1, "quiet": 1}),
        (due("busy", 900) + due("other", 900), 600, {"busy": 300, "other": 300}),
        (due("busy", 900) + due("other", 10), 600, {"busy": 590, "other": 10}),
        (due("alone", 3), 600, {"alone": 3}),
        ([], 600, {}),
    ],
)
def test_a_workspace_with_very_many_due_jobs_holds_up_no_other(
    found: list[DueJob], most: int, taken: dict[str, int]
) -> None:
    turns = in_turns(found, most)
    assert {name: sum(one.workspace_id == name for one in turns) for name in taken} == taken
    assert len(turns) == sum(taken.values())
    for name in taken:
        own = [one for one in turns if one.workspace_id == name]
        assert own == [one for one in found if one.workspace_id == name][: len(own)], "the oldest first"


def test_an_urgent_job_takes_the_urgent_lane(world: World) -> None:
    usual, urgent = FakeQueue(world.clock), FakeQueue(world.clock)
    world.queue.down = True
    jobs = {priority: world.accept(priority=priority) for priority in (5, 7)}
    world.clock.forward(61)
    DueJobSweep(world.jobs, JobEnqueuer(usual, urgent), world.measured.append, world.clock).sweep()
    lanes = [[message.wake.job_id for message in lane.messages] for lane in (usual, urgent)]
    assert lanes == [[jobs[5].id], [jobs[7].id]]


@pytest.mark.parametrize(("waiting", "overdue"), [(0, 0), (300, 0), (0, 7), (300, 7)])
def test_the_work_follows_what_is_due_and_not_what_waits(waiting: int, overdue: int) -> None:
    counted = CrashInjector()
    world = World(counted)
    lost(world, overdue)
    for _ in range(waiting):
        world.accept()
    counted.calls.clear()
    world.sweep.sweep()
    assert len(counted.calls) == DUE_SHARDS + 2 * overdue


def test_shards_may_be_swept_at_once(world: World) -> None:
    lost(world, 30)
    with ThreadPoolExecutor(DUE_SHARDS) as shards:
        swept = DueJobSweep(world.jobs, world.waker, world.measured.append, world.clock, shards.map).sweep()
    assert swept == 30


def lost_enqueue(world: World) -> Job:
    return world.accept()


def stalled_run(world: World) -> Job:
    """Its callback never arrives."""
    job = world.accept()
    world.deaf = True
    world.attend(job)
    return job


def unconfirmed_order(world: World) -> Job:
    """Whoever was to give the order died."""
    world.gateway.losing_answers = True
    job = world.accept()
    world.attend(job)
    world.gateway.losing_answers = False
    return job


def overdue_gate(world: World) -> Job:
    job = world.accept(type="code-task", profile="weaver", repository="acme/shop")
    world.until(lambda: world.again(job).phase is Phase.VALIDATION)
    return job


def overdue_approval(world: World) -> Job:
    job = world.accept(
        type="review", profile="weaver", requested_capabilities=("git:push",), repository="a/b"
    )
    world.until(lambda: world.again(job).waiting is Waiting.APPROVAL)
    return job


def delayed_job(world: World) -> Job:
    return world.accept(run_at=world.clock() + timedelta(days=2))


def unfinished_stop(world: World) -> Job:
    job = world.accept(instructions="SLEEP=3000")
    world.until(lambda: world.again(job).phase is Phase.EXECUTION)
    world.gateway.down = True
    world.control.cancel("demo", job.id, "token:ada")
    world.work()
    world.gateway.down = False
    return job


def waiting_line(world: World) -> Job:
    """There is one place, somebody has it, and whoever is to call the next dies."""
    known = world.access.workspace("demo")
    assert known
    world.access.put_workspace(known.model_copy(update={"max_running": 1}))
    first, second = world.accept(), world.accept()
    world.attend(first)
    world.attend(second)
    assert world.again(second).waiting is Waiting.SLOT
    return second


@pytest.mark.parametrize(
    "left",
    [
        lost_enqueue,
        stalled_run,
        unconfirmed_order,
        overdue_gate,
        overdue_approval,
        delayed_job,
        unfinished_stop,
        waiting_line,
    ],
    ids=lambda left: left.__name__,
)
def test_whatever_is_left_lying_is_found_by_the_sweep_alone(
    left: Callable[[World], Job], world: World
) -> None:
    job = left(world)
    world.queue.messages.clear()
    world.until(world.at_rest, hours=24 * 5)
    assert world.again(job).status in ENDED
    assert world.jobs.next_due() is None
