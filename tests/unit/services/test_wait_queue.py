"""As many jobs run as the workspace lets run at once; the others wait in line, the more urgent before the older."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from mosaic.access.model import Grant, Workspace
from mosaic.jobs.approval import Answer
from mosaic.jobs.errors import IllegalTransition, StaleJob
from mosaic.jobs.lifecycle import ENDED
from mosaic.jobs.model import Job
from mosaic.jobs.slots import runs
from mosaic.jobs.states import JobStatus, Phase, Waiting
from tests.fakes.crash_injector import CrashInjector, Meanwhile, ProcessKilled, moments
from tests.fakes.simulated_deployment import World


def limit(world: World, most: int | None) -> None:
    """The workspace as an admin leaves it: with this limit, and those who wait told of it."""
    known = world.access.workspace("demo") or Workspace(id="demo")
    after = known.model_copy(update={"max_running": most, "version": known.version + 1})
    world.access.configure(known, after)
    world.line.call("demo", Waiting.SLOT)


def limited(most: int, crashes: CrashInjector | None = None) -> World:
    world = World(crashes)
    limit(world, most)
    return world


def accepted(world: World, **fields: Any) -> Job:
    try:
        return world.accept(**fields)
    except ProcessKilled:
        return world.jobs.everything()[-1] if world.jobs.everything() else world.accept(**fields)


def history(world: World) -> Iterator[tuple[Job | None, dict[str, Job]]]:
    """Every change of a job, with all jobs as they stood after it."""
    now: dict[str, Job] = {}
    for old, new in world.jobs.stream:
        now[new.id] = new
        yield old, now


def most_at_once(world: World) -> int:
    return max(
        sum(job.status is JobStatus.RUNNING and runs(job) for job in now.values())
        for _, now in history(world)
    )


def starts(world: World) -> list[str]:
    """The ids of the jobs in the order in which they first ran."""
    began = (new.id for old, new in world.jobs.stream if new.status is JobStatus.RUNNING)
    return list(dict.fromkeys(began))


def ended(world: World) -> bool:
    return all(job.status in ENDED for job in world.jobs.everything())


def test_no_more_run_than_the_workspace_lets_run_and_the_others_follow_in_order() -> None:
    world = limited(2)
    jobs = [world.accept() for _ in range(6)]
    world.run(1)
    assert [world.again(job).waiting for job in jobs] == [None, None, *[Waiting.SLOT] * 4]
    assert [world.again(job).status for job in jobs[2:]] == [JobStatus.PENDING] * 4
    world.until(lambda: ended(world))
    assert {world.again(job).status for job in jobs} == {JobStatus.COMPLETED}
    assert most_at_once(world) == 2
    assert starts(world) == [job.id for job in jobs]


def test_one_in_line_that_cannot_be_read_holds_up_nobody_behind_it() -> None:
    world = limited(1)
    jobs = [world.accept() for _ in range(4)]
    world.run(1)
    world.jobs.unreadable.add(("demo", jobs[1].id))
    world.jobs.shelve("demo", jobs[1].id)
    world.queue.messages.clear()
    others = (jobs[0], *jobs[2:])
    world.until(lambda: all(world.again(job).status in ENDED for job in others), hours=1)
    assert {world.again(job).status for job in others} == {JobStatus.COMPLETED}


def test_a_run_whose_job_cannot_be_read_keeps_its_place() -> None:
    world = limited(1)
    jobs = [world.accept() for _ in range(2)]
    world.run(1)
    world.jobs.unreadable.add(("demo", jobs[0].id))
    world.stitcher.attend("demo", jobs[1].id)
    assert world.again(jobs[1]).waiting is Waiting.SLOT


def test_the_line_moves_within_seconds() -> None:
    world = limited(1)
    jobs = [world.accept() for _ in range(5)]
    began = world.clock()
    world.until(lambda: ended(world))
    assert world.clock() - began < len(jobs) * timedelta(seconds=5)


def test_the_more_urgent_are_called_before_the_older() -> None:
    world = limited(1)
    first = world.accept(instructions="SLEEP=10")
    world.run(1)
    late = [world.accept(priority=priority) for priority in (5, 5, 9, 0, 9)]
    world.until(lambda: ended(world))
    order = [late[2], late[4], late[0], late[1], late[3]]
    assert starts(world) == [first.id, *(job.id for job in order)]


def test_a_newcomer_does_not_overtake_the_line() -> None:
    world = limited(1)
    running, first = world.accept(instructions="SLEEP=10"), world.accept()
    world.run(2)
    world.control.cancel("demo", running.id, "token:ada")
    newcomer = world.attend(world.accept())
    assert newcomer.waiting is Waiting.SLOT
    world.until(lambda: ended(world))
    assert starts(world) == [running.id, first.id, newcomer.id]


def test_who_is_cancelled_in_line_is_passed_over() -> None:
    world = limited(1)
    jobs = [world.accept(instructions="SLEEP=5") for _ in range(4)]
    world.run(2)
    world.control.cancel("demo", jobs[1].id, "token:ada")
    world.until(lambda: ended(world))
    assert [world.again(job).status for job in jobs] == [
        JobStatus.COMPLETED,
        JobStatus.CANCELLED,
        JobStatus.COMPLETED,
        JobStatus.COMPLETED,
    ]
    assert most_at_once(world) == 1


def test_a_job_that_waits_for_its_gates_holds_no_place() -> None:
    world = limited(1)
    proving = world.accept(type="code-task", profile="weaver", repository="acme/shop")
    following = world.accept()
    world.until(lambda: world.again(following).status is JobStatus.COMPLETED, hours=0.1)
    assert world.again(proving).phase is Phase.VALIDATION
    assert world.again(following).status is JobStatus.COMPLETED


def test_a_job_that_waits_for_approval_holds_no_place_and_then_lines_up() -> None:
    world = limited(1)
    asking = world.accept(type="review", profile="weaver", requested_capabilities=("git:push",))
    world.run(1)
    assert world.again(asking).waiting is Waiting.APPROVAL
    running = world.accept(instructions="SLEEP=30")
    world.run(2)
    assert world.again(running).status is JobStatus.RUNNING
    world.approvals.answer("demo", asking.id, Answer(approved=True, actor="token:eve", reason="go on"))
    world.run(1)
    assert world.again(asking).waiting is Waiting.SLOT
    world.until(lambda: ended(world))
    assert most_at_once(world) == 1


def test_a_job_that_had_to_ask_again_after_its_order_lines_up_as_well() -> None:
    world = limited(1)
    known = world.access.workspace("demo")
    assert known
    granted = known.model_copy(update={"grants": (Grant(profile="weaver", capability="git:push"),)})
    world.access.put_workspace(granted)
    world.gateway.down = True
    first = world.attend(
        world.accept(profile="weaver", repository="acme/shop", requested_capabilities=("git:push",))
    )
    assert (first.status, runs(first)) == (JobStatus.QUEUED, True)
    world.access.put_workspace(known)
    world.pass_time(60)
    assert world.attend(first).waiting is Waiting.APPROVAL
    world.gateway.down = False
    second = world.attend(world.accept())
    assert second.status is JobStatus.RUNNING
    world.approvals.answer("demo", first.id, Answer(approved=True, actor="token:eve", reason="go"))
    assert world.attend(first).waiting is Waiting.SLOT
    world.until(lambda: ended(world))
    assert most_at_once(world) == 1


def test_a_job_that_is_tried_again_lines_up_again_by_its_age() -> None:
    world = limited(1)
    failing = world.accept(instructions="FAIL500", max_attempts=2)
    others = [world.accept(instructions="SLEEP=60") for _ in range(3)]
    world.until(lambda: ended(world))
    again = [new for old, new in world.jobs.stream if new.id == failing.id and new.attempt == 2]
    assert again[0].status is JobStatus.QUEUED
    second = [new.change.at for new in again if new.status is JobStatus.RUNNING]
    last = [new.change.at for _, new in world.jobs.stream if new.id == others[-1].id and runs(new)]
    assert second[0] < last[0]
    assert most_at_once(world) == 1


@pytest.mark.parametrize("more", [3, None])
def test_raising_the_limit_lets_more_in_at_once(more: int | None) -> None:
    world = limited(1)
    jobs = [world.accept(instructions="SLEEP=600") for _ in range(5)]
    world.run(30)
    limit(world, more)
    world.run(10)
    running = [job for job in jobs if world.again(job).status is JobStatus.RUNNING]
    assert running == jobs[:more]


def test_lowering_the_limit_lets_those_go_on_that_run() -> None:
    world = limited(3)
    jobs = [world.accept(instructions="SLEEP=100") for _ in range(5)]
    world.run(30)
    limit(world, 1)
    world.run(30)
    assert [world.again(job).status for job in jobs[:3]] == [JobStatus.RUNNING] * 3
    changed = len(world.jobs.stream)
    world.until(lambda: ended(world))
    assert {world.again(job).status for job in jobs} == {JobStatus.COMPLETED}
    later = [new.id for old, new in world.jobs.stream[changed:] if new.status is JobStatus.RUNNING]
    assert list(dict.fromkeys(id for id in later if id in {jobs[3].id, jobs[4].id})) == [
        jobs[3].id,
        jobs[4].id,
    ]


@pytest.mark.parametrize("wait", [0, 30, 600])
def test_a_new_limit_counts_those_who_run_already(wait: int) -> None:
    world = World()
    running = [world.accept(instructions="SLEEP=2000") for _ in range(3)]
    world.run(5)
    limit(world, 3)
    world.run(wait)
    job = world.accept()
    world.run(300)
    assert world.again(job).waiting is Waiting.SLOT
    world.control.cancel("demo", running[0].id, "token:ada")
    world.run(20)
    assert world.again(job).status is JobStatus.COMPLETED


def test_another_workspace_has_places_of_its_own() -> None:
    world = limited(1)
    world.accept(instructions="SLEEP=600")
    other = world.accept(workspace_id="other")
    world.run(10)
    assert world.again(other).status is JobStatus.COMPLETED


def test_a_long_line_costs_little_however_long_it_waits() -> None:
    counted = CrashInjector()
    world = limited(1, counted)
    world.accept(instructions="SLEEP=8000", timeout_seconds=9000)
    waiting = [world.accept() for _ in range(50)]
    world.run(120)
    before = len(counted.calls)
    quiet = World(crashes := CrashInjector())
    quiet.run(3600)
    world.run(3600)
    # Twice an hour each, and whoever stands first once a minute or two.
    idle = Counter(crashes.calls)
    cost = sum((Counter(counted.calls[before:]) - idle).values())
    assert all(world.again(job).waiting is Waiting.SLOT for job in waiting)
    assert cost < 50 * 3 * 10 + 60 * 15


@pytest.mark.parametrize("seed", range(12))
def test_indexes_that_lag_hold_nobody_up_and_let_nobody_through(seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - nothing secret
    world = World(lag=lambda: timedelta(seconds=chance.choice([0, 0.1, 1, 3])))
    most = chance.choice([1, 2, 3])
    limit(world, most)
    for _ in range(12):
        job = world.accept(instructions=f"SLEEP={chance.choice([0, 3])}", priority=chance.choice([5, 5, 9]))
        world.run(chance.choice([0, 0.2, 1, 4]))
        if chance.random() < 0.15:
            with suppress(IllegalTransition):
                world.control.cancel("demo", job.id, "token:ada")
    began = world.clock()
    world.until(lambda: ended(world), hours=1)
    assert most_at_once(world) <= most
    assert world.clock() - began < 12 * timedelta(seconds=8)


def check(world: World, most: int) -> None:
    jobs = world.jobs.everything()
    assert {job.status for job in jobs} == {JobStatus.COMPLETED}, [(job.id, job.status) for job in jobs]
    assert most_at_once(world) <= most
    runs_of = Counter(call.key for call in world.gateway.model_calls)
    assert max(runs_of.values()) == 1


def lived(crashes: CrashInjector) -> World:
    """Three jobs for one place."""
    with suppress(ProcessKilled):
        world = limited(1, crashes)
    for _ in range(3):
        accepted(world)
    world.until(lambda: ended(world) and len(world.jobs.everything()) == 3, hours=3)
    return world


def test_whoever_dies_wherever_all_come_to_their_turn_and_never_two_at_once() -> None:
    counted = CrashInjector()
    lived(counted)
    for at in range(8, len(counted.calls) + 1):
        for moment in moments(counted.calls[at - 1]):
            crashes = CrashInjector(at, moment)
            world = lived(crashes)
            try:
                check(world, 1)
            except AssertionError as failed:
                raise AssertionError(
                    f"death {moment} call {at}, {crashes.calls[at - 1]}: {failed}"
                ) from failed


def test_whoever_else_comes_between_any_two_calls_never_two_run_at_once() -> None:
    """Another stitcher attends to every job at any moment."""
    counted = CrashInjector()
    lived(counted)

    def attend(world: World) -> None:
        for job in world.jobs.everything():
            with suppress(StaleJob):
                world.stitcher.attend("demo", job.id)

    for before in range(8, len(counted.calls) + 1):
        meanwhile = Meanwhile(before)
        world = limited(1, meanwhile)
        meanwhile.act = lambda world=world: attend(world)
        for _ in range(3):
            world.accept()
        world.until(lambda world=world: ended(world), hours=3)  # type: ignore[misc]  # bound at once
        check(world, 1)
