"""As many jobs run as the workspace has slots. The others wait, by priority and then by age."""

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
from mosaic.jobs.slots import occupies_slot
from mosaic.jobs.states import JobStatus, Phase, Waiting
from tests.fakes.crash_injector import ConcurrentChange, CrashInjector, ProcessKilled, moments
from tests.fakes.simulated_deployment import SimulatedDeployment


def limit(deployment: SimulatedDeployment, most: int | None) -> None:
    """Changes the limit as an admin does, and enqueues the waiting jobs."""
    known = deployment.access.workspace("demo") or Workspace(id="demo")
    after = known.model_copy(update={"max_running": most, "version": known.version + 1})
    deployment.access.configure(known, after)
    deployment.wait_queue.enqueue_first("demo", Waiting.SLOT)


def limited(most: int, crashes: CrashInjector | None = None) -> SimulatedDeployment:
    deployment = SimulatedDeployment(crashes)
    limit(deployment, most)
    return deployment


def accepted(deployment: SimulatedDeployment, **fields: Any) -> Job:
    try:
        return deployment.accept(**fields)
    except ProcessKilled:
        return (
            deployment.jobs.everything()[-1] if deployment.jobs.everything() else deployment.accept(**fields)
        )


def history(deployment: SimulatedDeployment) -> Iterator[tuple[Job | None, dict[str, Job]]]:
    """Yields every change of a job, with all jobs as they were after it."""
    now: dict[str, Job] = {}
    for old, new in deployment.jobs.stream:
        now[new.id] = new
        yield old, now


def most_at_once(deployment: SimulatedDeployment) -> int:
    return max(
        sum(job.status is JobStatus.RUNNING and occupies_slot(job) for job in now.values())
        for _, now in history(deployment)
    )


def starts(deployment: SimulatedDeployment) -> list[str]:
    """Returns the ids of the jobs in the order in which they first ran."""
    began = (new.id for old, new in deployment.jobs.stream if new.status is JobStatus.RUNNING)
    return list(dict.fromkeys(began))


def ended(deployment: SimulatedDeployment) -> bool:
    return all(job.status in ENDED for job in deployment.jobs.everything())


def test_limit_is_kept_and_jobs_follow_in_order() -> None:
    deployment = limited(2)
    jobs = [deployment.accept() for _ in range(6)]
    deployment.run(1)
    assert [deployment.reload(job).waiting for job in jobs] == [None, None, *[Waiting.SLOT] * 4]
    assert [deployment.reload(job).status for job in jobs[2:]] == [JobStatus.PENDING] * 4
    deployment.run_until(lambda: ended(deployment))
    assert {deployment.reload(job).status for job in jobs} == {JobStatus.COMPLETED}
    assert most_at_once(deployment) == 2
    assert starts(deployment) == [job.id for job in jobs]


def test_unreadable_waiting_job_does_not_block_others() -> None:
    deployment = limited(1)
    jobs = [deployment.accept() for _ in range(4)]
    deployment.run(1)
    deployment.jobs.unreadable.add(("demo", jobs[1].id))
    deployment.jobs.exclude_from_sweep("demo", jobs[1].id)
    deployment.queue.messages.clear()
    others = (jobs[0], *jobs[2:])
    deployment.run_until(lambda: all(deployment.reload(job).status in ENDED for job in others), hours=1)
    assert {deployment.reload(job).status for job in others} == {JobStatus.COMPLETED}


def test_unreadable_running_job_keeps_its_slot() -> None:
    deployment = limited(1)
    jobs = [deployment.accept() for _ in range(2)]
    deployment.run(1)
    deployment.jobs.unreadable.add(("demo", jobs[0].id))
    deployment.stitcher.process("demo", jobs[1].id)
    assert deployment.reload(jobs[1]).waiting is Waiting.SLOT


def test_free_slot_is_taken_within_seconds() -> None:
    deployment = limited(1)
    jobs = [deployment.accept() for _ in range(5)]
    began = deployment.clock()
    deployment.run_until(lambda: ended(deployment))
    assert deployment.clock() - began < len(jobs) * timedelta(seconds=5)


def test_urgent_jobs_are_admitted_first() -> None:
    deployment = limited(1)
    first = deployment.accept(instructions="SLEEP=10")
    deployment.run(1)
    late = [deployment.accept(priority=priority) for priority in (5, 5, 9, 0, 9)]
    deployment.run_until(lambda: ended(deployment))
    order = [late[2], late[4], late[0], late[1], late[3]]
    assert starts(deployment) == [first.id, *(job.id for job in order)]


def test_new_job_does_not_overtake_waiting_jobs() -> None:
    deployment = limited(1)
    running, first = deployment.accept(instructions="SLEEP=10"), deployment.accept()
    deployment.run(2)
    deployment.control.cancel("demo", running.id, "token:ada")
    newcomer = deployment.process(deployment.accept())
    assert newcomer.waiting is Waiting.SLOT
    deployment.run_until(lambda: ended(deployment))
    assert starts(deployment) == [running.id, first.id, newcomer.id]


def test_cancelled_waiting_job_is_skipped() -> None:
    deployment = limited(1)
    jobs = [deployment.accept(instructions="SLEEP=5") for _ in range(4)]
    deployment.run(2)
    deployment.control.cancel("demo", jobs[1].id, "token:ada")
    deployment.run_until(lambda: ended(deployment))
    assert [deployment.reload(job).status for job in jobs] == [
        JobStatus.COMPLETED,
        JobStatus.CANCELLED,
        JobStatus.COMPLETED,
        JobStatus.COMPLETED,
    ]
    assert most_at_once(deployment) == 1


def test_job_in_validation_holds_no_slot() -> None:
    deployment = limited(1)
    proving = deployment.accept(type="code-task", profile="weaver", repository="acme/shop")
    following = deployment.accept()
    deployment.run_until(lambda: deployment.reload(following).status is JobStatus.COMPLETED, hours=0.1)
    assert deployment.reload(proving).phase is Phase.VALIDATION
    assert deployment.reload(following).status is JobStatus.COMPLETED


def test_job_waiting_for_approval_holds_no_slot() -> None:
    deployment = limited(1)
    asking = deployment.accept(type="review", profile="weaver", requested_capabilities=("git:push",))
    deployment.run(1)
    assert deployment.reload(asking).waiting is Waiting.APPROVAL
    running = deployment.accept(instructions="SLEEP=30")
    deployment.run(2)
    assert deployment.reload(running).status is JobStatus.RUNNING
    deployment.approvals.answer("demo", asking.id, Answer(approved=True, actor="token:eve", reason="go on"))
    deployment.run(1)
    assert deployment.reload(asking).waiting is Waiting.SLOT
    deployment.run_until(lambda: ended(deployment))
    assert most_at_once(deployment) == 1


def test_job_needing_new_approval_waits_for_a_slot() -> None:
    deployment = limited(1)
    known = deployment.access.workspace("demo")
    assert known
    granted = known.model_copy(update={"grants": (Grant(profile="weaver", capability="git:push"),)})
    deployment.access.put_workspace(granted)
    deployment.gateway.down = True
    first = deployment.process(
        deployment.accept(profile="weaver", repository="acme/shop", requested_capabilities=("git:push",))
    )
    assert (first.status, occupies_slot(first)) == (JobStatus.QUEUED, True)
    deployment.access.put_workspace(known)
    deployment.pass_time(60)
    assert deployment.process(first).waiting is Waiting.APPROVAL
    deployment.gateway.down = False
    second = deployment.process(deployment.accept())
    assert second.status is JobStatus.RUNNING
    deployment.approvals.answer("demo", first.id, Answer(approved=True, actor="token:eve", reason="go"))
    assert deployment.process(first).waiting is Waiting.SLOT
    deployment.run_until(lambda: ended(deployment))
    assert most_at_once(deployment) == 1


def test_retried_job_waits_by_its_age() -> None:
    deployment = limited(1)
    failing = deployment.accept(instructions="FAIL500", max_attempts=2)
    others = [deployment.accept(instructions="SLEEP=60") for _ in range(3)]
    deployment.run_until(lambda: ended(deployment))
    again = [new for old, new in deployment.jobs.stream if new.id == failing.id and new.attempt == 2]
    assert again[0].status is JobStatus.QUEUED
    second = [new.change.at for new in again if new.status is JobStatus.RUNNING]
    last = [
        new.change.at for _, new in deployment.jobs.stream if new.id == others[-1].id and occupies_slot(new)
    ]
    assert second[0] < last[0]
    assert most_at_once(deployment) == 1


@pytest.mark.parametrize("more", [3, None])
def test_raised_limit_admits_more_jobs(more: int | None) -> None:
    deployment = limited(1)
    jobs = [deployment.accept(instructions="SLEEP=600") for _ in range(5)]
    deployment.run(30)
    limit(deployment, more)
    deployment.run(10)
    running = [job for job in jobs if deployment.reload(job).status is JobStatus.RUNNING]
    assert running == jobs[:more]


def test_lowered_limit_stops_no_run() -> None:
    deployment = limited(3)
    jobs = [deployment.accept(instructions="SLEEP=100") for _ in range(5)]
    deployment.run(30)
    limit(deployment, 1)
    deployment.run(30)
    assert [deployment.reload(job).status for job in jobs[:3]] == [JobStatus.RUNNING] * 3
    changed = len(deployment.jobs.stream)
    deployment.run_until(lambda: ended(deployment))
    assert {deployment.reload(job).status for job in jobs} == {JobStatus.COMPLETED}
    later = [new.id for old, new in deployment.jobs.stream[changed:] if new.status is JobStatus.RUNNING]
    assert list(dict.fromkeys(id for id in later if id in {jobs[3].id, jobs[4].id})) == [
        jobs[3].id,
        jobs[4].id,
    ]


@pytest.mark.parametrize("wait", [0, 30, 600])
def test_new_limit_counts_running_jobs(wait: int) -> None:
    deployment = SimulatedDeployment()
    running = [deployment.accept(instructions="SLEEP=2000") for _ in range(3)]
    deployment.run(5)
    limit(deployment, 3)
    deployment.run(wait)
    job = deployment.accept()
    deployment.run(300)
    assert deployment.reload(job).waiting is Waiting.SLOT
    deployment.control.cancel("demo", running[0].id, "token:ada")
    deployment.run(20)
    assert deployment.reload(job).status is JobStatus.COMPLETED


def test_workspaces_have_separate_slots() -> None:
    deployment = limited(1)
    deployment.accept(instructions="SLEEP=600")
    other = deployment.accept(workspace_id="other")
    deployment.run(10)
    assert deployment.reload(other).status is JobStatus.COMPLETED


def test_long_wait_queue_needs_few_calls() -> None:
    counted = CrashInjector()
    deployment = limited(1, counted)
    deployment.accept(instructions="SLEEP=8000", timeout_seconds=9000)
    waiting = [deployment.accept() for _ in range(50)]
    deployment.run(120)
    before = len(counted.calls)
    quiet = SimulatedDeployment(crashes := CrashInjector())
    quiet.run(3600)
    deployment.run(3600)
    # Each rechecks twice an hour, and the first job once a minute or two.
    idle = Counter(crashes.calls)
    cost = sum((Counter(counted.calls[before:]) - idle).values())
    assert all(deployment.reload(job).waiting is Waiting.SLOT for job in waiting)
    assert cost < 50 * 3 * 10 + 60 * 15


@pytest.mark.parametrize("seed", range(12))
def test_lagging_index_keeps_the_limit(seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - nothing secret
    deployment = SimulatedDeployment(lag=lambda: timedelta(seconds=chance.choice([0, 0.1, 1, 3])))
    most = chance.choice([1, 2, 3])
    limit(deployment, most)
    for _ in range(12):
        job = deployment.accept(
            instructions=f"SLEEP={chance.choice([0, 3])}", priority=chance.choice([5, 5, 9])
        )
        deployment.run(chance.choice([0, 0.2, 1, 4]))
        if chance.random() < 0.15:
            with suppress(IllegalTransition):
                deployment.control.cancel("demo", job.id, "token:ada")
    began = deployment.clock()
    deployment.run_until(lambda: ended(deployment), hours=1)
    assert most_at_once(deployment) <= most
    assert deployment.clock() - began < 12 * timedelta(seconds=8)


def check(deployment: SimulatedDeployment, most: int) -> None:
    jobs = deployment.jobs.everything()
    assert {job.status for job in jobs} == {JobStatus.COMPLETED}, [(job.id, job.status) for job in jobs]
    assert most_at_once(deployment) <= most
    runs_of = Counter(call.key for call in deployment.gateway.model_calls)
    assert max(runs_of.values()) == 1


def run_three_jobs(crashes: CrashInjector) -> SimulatedDeployment:
    """Runs three jobs with one slot."""
    with suppress(ProcessKilled):
        deployment = limited(1, crashes)
    for _ in range(3):
        accepted(deployment)
    deployment.run_until(lambda: ended(deployment) and len(deployment.jobs.everything()) == 3, hours=3)
    return deployment


def test_crash_keeps_limit_and_admits_all() -> None:
    counted = CrashInjector()
    run_three_jobs(counted)
    for at in range(8, len(counted.calls) + 1):
        for moment in moments(counted.calls[at - 1]):
            crashes = CrashInjector(at, moment)
            deployment = run_three_jobs(crashes)
            try:
                check(deployment, 1)
            except AssertionError as failed:
                raise AssertionError(
                    f"crash {moment} call {at}, {crashes.calls[at - 1]}: {failed}"
                ) from failed


def test_concurrent_stitchers_keep_the_limit() -> None:
    """Another stitcher processes every job between any two calls."""
    counted = CrashInjector()
    run_three_jobs(counted)

    def process(deployment: SimulatedDeployment) -> None:
        for job in deployment.jobs.everything():
            with suppress(StaleJob):
                deployment.stitcher.process("demo", job.id)

    for before in range(8, len(counted.calls) + 1):
        meanwhile = ConcurrentChange(before)
        deployment = limited(1, meanwhile)
        meanwhile.act = lambda deployment=deployment: process(deployment)
        for _ in range(3):
            deployment.accept()
        deployment.run_until(lambda deployment=deployment: ended(deployment), hours=3)  # type: ignore[misc]  # bound at once
        check(deployment, 1)
