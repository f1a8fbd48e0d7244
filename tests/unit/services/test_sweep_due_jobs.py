"""The sweep enqueues each due job once; a job that cannot be enqueued now is enqueued later."""

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
from mosaic.services.sweep_due_jobs import MAX_ENQUEUED, DueJobSweep, SweepIncomplete, round_robin
from mosaic.storage.jobs import DueJob
from tests.fakes.crash_injector import CrashInjector, FailingCalls
from tests.fakes.simulated_deployment import SimulatedDeployment
from tests.fakes.storage.job_queue import FakeQueue


def with_lost_messages(deployment: SimulatedDeployment, number: int) -> None:
    """Accepts so many jobs whose messages were lost a while ago."""
    deployment.queue.down = True
    for _ in range(number):
        deployment.accept()
    deployment.queue.down = False
    deployment.clock.forward(61)


def test_no_due_job_sends_no_message(deployment: SimulatedDeployment) -> None:
    deployment.accept()
    deployment.queue.messages.clear()
    assert deployment.sweep.sweep() == 0
    assert deployment.queue.messages == []


@pytest.mark.parametrize("number", [1, 30])
def test_each_due_job_is_enqueued_once(deployment: SimulatedDeployment, number: int) -> None:
    with_lost_messages(deployment, number)
    assert deployment.sweep.sweep() == number
    enqueued = sorted(message.job_message.job_id for message in deployment.queue.messages)
    assert enqueued == [job.id for job in deployment.jobs.everything()]


def test_two_sweeps_send_one_message(deployment: SimulatedDeployment) -> None:
    with_lost_messages(deployment, 3)
    assert (deployment.sweep.sweep(), deployment.sweep.sweep()) == (3, 0)


def test_job_that_stays_due_is_enqueued_again(deployment: SimulatedDeployment) -> None:
    with_lost_messages(deployment, 1)
    deployment.sweep.sweep()
    deployment.queue.messages.clear()
    deployment.clock.forward(120)
    assert deployment.sweep.sweep() == 1


def test_unsent_message_is_sent_by_a_later_sweep(deployment: SimulatedDeployment) -> None:
    with_lost_messages(deployment, 2)
    deployment.queue.down = True
    assert deployment.sweep.sweep() == 0
    deployment.queue.down = False
    deployment.clock.forward(120)
    assert deployment.sweep.sweep() == 2


def test_sweep_changes_no_job(deployment: SimulatedDeployment) -> None:
    with_lost_messages(deployment, 1)
    (job,) = deployment.jobs.everything()
    deployment.record()
    before = deployment.events.everything()
    deployment.sweep.sweep()
    deployment.record()
    assert deployment.reload(job) == job
    assert deployment.events.everything() == before


def test_job_with_a_lost_message_completes(deployment: SimulatedDeployment) -> None:
    with_lost_messages(deployment, 1)
    deployment.run_until(deployment.is_idle)
    assert [job.status for job in deployment.jobs.everything()] == [JobStatus.COMPLETED]


def test_failed_shard_does_not_stop_the_others() -> None:
    deployment = SimulatedDeployment(FailingCalls("FakeJobs.due", RuntimeError("throttled"), times=1))
    with_lost_messages(deployment, 40)
    with pytest.raises(SweepIncomplete, match="shards \\[0\\]"):
        deployment.sweep.sweep()
    enqueued = len(deployment.queue.messages)
    assert 0 < enqueued < 40
    assert deployment.sweep.sweep() == 40 - enqueued


def test_unreadable_job_is_enqueued_too(deployment: SimulatedDeployment) -> None:
    with_lost_messages(deployment, 4)
    spoilt, *others = deployment.jobs.everything()
    deployment.jobs.unreadable.add((spoilt.workspace_id, spoilt.id))
    assert deployment.sweep.sweep() == 4
    assert {message.job_message.job_id for message in deployment.queue.messages} == {
        spoilt.id,
        *(other.id for other in others),
    }


@pytest.mark.parametrize(("minutes", "overdue"), [(0, 0), (4, 0), (6, 2)])
def test_overdue_jobs_are_measured(deployment: SimulatedDeployment, minutes: int, overdue: int) -> None:
    with_lost_messages(deployment, 2)
    deployment.clock.forward(minutes * 60)
    deployment.sweep.sweep()
    assert sum(item.value for item in deployment.measured if item.metric is Metric.JOBS_OVERDUE) == overdue


def test_zero_overdue_jobs_are_measured(deployment: SimulatedDeployment) -> None:
    """Without a measurement, an alarm cannot know that all is well."""
    deployment.sweep.sweep()
    assert Metric.JOBS_OVERDUE in {item.metric for item in deployment.measured}


def due(workspace: str, number: int) -> list[DueJob]:
    return [DueJob(workspace, f"{workspace}-{n:06d}", f"2026-11-22T12:{n // 600:02d}") for n in range(number)]


@pytest.mark.parametrize(
    ("found", "most", "taken"),
    [
        (due("busy", 100_000) + due("quiet", 1), MAX_ENQUEUED, {"busy": MAX_ENQUEUED - 1, "quiet": 1}),
        (due("busy", 900) + due("other", 900), 600, {"busy": 300, "other": 300}),
        (due("busy", 900) + due("other", 10), 600, {"busy": 590, "other": 10}),
        (due("alone", 3), 600, {"alone": 3}),
        ([], 600, {}),
    ],
)
def test_busy_workspace_does_not_delay_others(found: list[DueJob], most: int, taken: dict[str, int]) -> None:
    turns = round_robin(found, most)
    assert {name: sum(item.workspace_id == name for item in turns) for name in taken} == taken
    assert len(turns) == sum(taken.values())
    for name in taken:
        own = [item for item in turns if item.workspace_id == name]
        assert own == [item for item in found if item.workspace_id == name][: len(own)], "the oldest first"


def test_urgent_job_uses_the_urgent_queue(deployment: SimulatedDeployment) -> None:
    default, urgent = FakeQueue(deployment.clock), FakeQueue(deployment.clock)
    deployment.queue.down = True
    jobs = {priority: deployment.accept(priority=priority) for priority in (5, 7)}
    deployment.clock.forward(61)
    DueJobSweep(
        deployment.jobs, JobEnqueuer(default, urgent), deployment.measured.append, deployment.clock
    ).sweep()
    queued = [[message.job_message.job_id for message in queue.messages] for queue in (default, urgent)]
    assert queued == [[jobs[5].id], [jobs[7].id]]


@pytest.mark.parametrize(("waiting", "overdue"), [(0, 0), (300, 0), (0, 7), (300, 7)])
def test_sweep_reads_only_due_jobs(waiting: int, overdue: int) -> None:
    counted = CrashInjector()
    deployment = SimulatedDeployment(counted)
    with_lost_messages(deployment, overdue)
    for _ in range(waiting):
        deployment.accept()
    counted.calls.clear()
    deployment.sweep.sweep()
    assert len(counted.calls) == DUE_SHARDS + 2 * overdue


def test_shards_may_be_swept_in_parallel(deployment: SimulatedDeployment) -> None:
    with_lost_messages(deployment, 30)
    with ThreadPoolExecutor(DUE_SHARDS) as shards:
        swept = DueJobSweep(
            deployment.jobs, deployment.enqueuer, deployment.measured.append, deployment.clock, shards.map
        ).sweep()
    assert swept == 30


def lost_enqueue(deployment: SimulatedDeployment) -> Job:
    return deployment.accept()


def stalled_run(deployment: SimulatedDeployment) -> Job:
    """The run's callback never arrives."""
    job = deployment.accept()
    deployment.loses_callbacks = True
    deployment.process(job)
    return job


def unconfirmed_dispatch(deployment: SimulatedDeployment) -> Job:
    """The stitcher crashed before its dispatch."""
    deployment.gateway.losing_answers = True
    job = deployment.accept()
    deployment.process(job)
    deployment.gateway.losing_answers = False
    return job


def overdue_gate(deployment: SimulatedDeployment) -> Job:
    job = deployment.accept(type="code-task", profile="weaver", repository="acme/shop")
    deployment.run_until(lambda: deployment.reload(job).phase is Phase.VALIDATION)
    return job


def overdue_approval(deployment: SimulatedDeployment) -> Job:
    job = deployment.accept(
        type="review", profile="weaver", requested_capabilities=("git:push",), repository="a/b"
    )
    deployment.run_until(lambda: deployment.reload(job).waiting is Waiting.APPROVAL)
    return job


def delayed_job(deployment: SimulatedDeployment) -> Job:
    return deployment.accept(run_at=deployment.clock() + timedelta(days=2))


def unfinished_stop(deployment: SimulatedDeployment) -> Job:
    job = deployment.accept(instructions="SLEEP=3000")
    deployment.run_until(lambda: deployment.reload(job).phase is Phase.EXECUTION)
    deployment.gateway.down = True
    deployment.control.cancel("demo", job.id, "token:ada")
    deployment.deliver_messages()
    deployment.gateway.down = False
    return job


def waiting_jobs(deployment: SimulatedDeployment) -> Job:
    """The only slot is taken, and the function that enqueues the next job crashes."""
    known = deployment.access.workspace("demo")
    assert known
    deployment.access.put_workspace(known.model_copy(update={"max_running": 1}))
    first, second = deployment.accept(), deployment.accept()
    deployment.process(first)
    deployment.process(second)
    assert deployment.reload(second).waiting is Waiting.SLOT
    return second


@pytest.mark.parametrize(
    "left",
    [
        lost_enqueue,
        stalled_run,
        unconfirmed_dispatch,
        overdue_gate,
        overdue_approval,
        delayed_job,
        unfinished_stop,
        waiting_jobs,
    ],
    ids=lambda left: left.__name__,
)
def test_sweep_finds_every_abandoned_job(
    left: Callable[[SimulatedDeployment], Job], deployment: SimulatedDeployment
) -> None:
    job = left(deployment)
    deployment.queue.messages.clear()
    deployment.run_until(deployment.is_idle, hours=24 * 5)
    assert deployment.reload(job).status in ENDED
    assert deployment.jobs.next_due() is None
