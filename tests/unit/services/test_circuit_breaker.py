"""Calls to a failing gateway are paused, except for one probe at a time. Waiting jobs later resume in order."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import timedelta

import pytest

from mosaic.access.model import Workspace
from mosaic.jobs.errors import StaleJob
from mosaic.jobs.lifecycle import ENDED
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Waiting
from mosaic.metrics import Metric
from mosaic.openclaw.circuit import FAILURES, MOST_WAIT, CircuitState
from mosaic.openclaw.errors import GatewayError, GatewayRefused, GatewayUnauthorized, GatewayUnavailable
from mosaic.services.admit_job import MAX_GATEWAY_WAIT
from mosaic.services.circuit_breaker import circuit_of
from mosaic.storage.job_queue import message_for
from tests.fakes.crash_injector import ConcurrentChange, CrashInjector, FailingCalls, ProcessKilled, moments
from tests.fakes.simulated_deployment import SimulatedDeployment

AWAY = GatewayUnavailable("connection refused", may_have_been_accepted=False)


def state(deployment: SimulatedDeployment) -> CircuitState:
    return circuit_of(deployment.backends.shared).state(deployment.clock())


def tries(deployment: SimulatedDeployment, job: Job) -> int:
    dispatch = deployment.reload(job).dispatch
    return dispatch.tries if dispatch else 0


def ended(deployment: SimulatedDeployment) -> bool:
    return all(job.status in ENDED for job in deployment.jobs.everything())


def starts(deployment: SimulatedDeployment) -> list[str]:
    began = (new.id for _, new in deployment.jobs.stream if new.dispatch and new.dispatch.scheduled_run_id)
    return list(dict.fromkeys(began))


def with_open_circuit(
    crashes: CrashInjector | None = None, jobs: int = FAILURES
) -> tuple[SimulatedDeployment, list[Job]]:
    """Returns a deployment with an unreachable gateway, whose circuit the failures of so many jobs have
    opened.
    """
    deployment = SimulatedDeployment(crashes)
    deployment.gateway.down = True
    made = [deployment.accept() for _ in range(jobs)]
    with suppress(StaleJob, ProcessKilled):
        deployment.run(1)
    return deployment, made


@pytest.mark.parametrize(
    ("error", "opens"),
    [
        (AWAY, True),
        (GatewayUnavailable("500", may_have_been_accepted=True), True),
        (GatewayUnauthorized("401"), True),
        (GatewayRefused("INVALID_REQUEST", "unknown agent"), False),
        (GatewayUnavailable("429", may_have_been_accepted=False, retry_after_seconds=60), False),
    ],
    ids=["away", "broken", "unauthorized", "refused", "busy"],
)
def test_only_gateway_failures_open_the_circuit(error: GatewayError, opens: bool) -> None:
    deployment = SimulatedDeployment(FailingCalls("FakeGateway.add", error))
    for _ in range(FAILURES):
        deployment.accept()
    deployment.run(1)
    assert (state(deployment) is CircuitState.OPEN) is opens


def test_success_resets_the_failure_count() -> None:
    deployment = SimulatedDeployment(trouble := FailingCalls("FakeGateway.add", AWAY, times=FAILURES - 1))
    for _ in range(FAILURES):
        deployment.accept()
    deployment.run(1)
    assert trouble.left == 0
    assert circuit_of(deployment.backends.shared).failures == 0


def test_open_circuit_keeps_new_jobs_waiting() -> None:
    counted = CrashInjector()
    deployment, _ = with_open_circuit(counted)
    before = Counter(counted.calls)
    late = [deployment.accept() for _ in range(20)]
    deployment.run(2)
    assert {deployment.reload(job).waiting for job in late} == {Waiting.GATEWAY}
    assert {deployment.reload(job).status for job in late} == {JobStatus.QUEUED}
    assert all(deployment.reload(job).retry_at for job in late)
    assert {tries(deployment, job) for job in late} == {0}
    calls = Counter(counted.calls) - before
    assert (calls["FakeGateway.add"], calls["FakeGateway.find"]) == (0, 0)


def test_duplicate_messages_do_not_multiply() -> None:
    deployment, jobs = with_open_circuit()
    deployment.run(60)
    for _ in range(20):
        for job in jobs:
            deployment.queue.send(message_for(job))
    deployment.run(60)
    assert len(deployment.queue.messages) <= 1


def test_open_circuit_pauses_run_removal() -> None:
    deployment = SimulatedDeployment(counted := CrashInjector())
    job = deployment.accept(instructions="FAIL500", max_attempts=2)
    deployment.run_until(lambda: deployment.reload(job).attempt == 2)
    deployment.gateway.down = True
    deployment.run_until(lambda: deployment.reload(job).waiting is Waiting.GATEWAY)
    before = Counter(counted.calls)
    deployment.run(600)
    calls = Counter(counted.calls) - before
    assert calls["FakeGateway.find"] <= 600 / MOST_WAIT.total_seconds() + 2
    assert calls["FakeGateway.remove"] == 0


def test_outage_uses_no_tries_or_attempts() -> None:
    deployment, jobs = with_open_circuit()
    late = [deployment.accept() for _ in range(10)]
    deployment.run(3600)
    values = {job.id: tries(deployment, job) for job in jobs}
    assert sum(values.values()) == FAILURES
    assert {deployment.reload(job).attempt for job in (*jobs, *late)} == {1}
    deployment.gateway.down = False
    deployment.run_until(lambda: ended(deployment), hours=1)
    assert {deployment.reload(job).status for job in (*jobs, *late)} == {JobStatus.COMPLETED}
    assert {job.id: tries(deployment, job) for job in jobs} == values
    assert max(Counter(call.key for call in deployment.gateway.model_calls).values()) == 1


def test_jobs_resume_in_order_after_an_outage() -> None:
    deployment, jobs = with_open_circuit()
    late = [deployment.accept(priority=priority) for priority in (5, 9, 5, 5, 9, 5, 5)]
    deployment.run(600)
    deployment.gateway.down = False
    back = deployment.clock()
    deployment.run_until(lambda: ended(deployment), hours=1)
    assert deployment.clock() - back < MOST_WAIT + timedelta(seconds=30)
    by_position = sorted((*jobs, *late), key=lambda job: deployment.reload(job).queue_position)
    # Any job may probe first; all others follow by their queue position.
    probed = starts(deployment)[0]
    assert starts(deployment)[1:] == [job.id for job in by_position if job.id != probed]


def test_waiting_jobs_resume_gradually() -> None:
    deployment, _ = with_open_circuit()
    for _ in range(40):
        deployment.accept()
    deployment.run(600)
    deployment.gateway.down = False
    deployment.run_until(lambda: state(deployment) is CircuitState.CLOSED)
    assert len(starts(deployment)) < 10
    deployment.run_until(lambda: ended(deployment), hours=1)
    assert len(starts(deployment)) == 45


def test_all_workspaces_resume_after_an_outage() -> None:
    deployment, _ = with_open_circuit()
    others = [deployment.accept(workspace_id=f"other{n}") for n in range(5) for _ in range(3)]
    deployment.run(600)
    deployment.gateway.down = False
    deployment.run(90)
    assert {deployment.reload(job).status for job in others} == {JobStatus.COMPLETED}


def test_circuit_state_is_measured() -> None:
    deployment, _ = with_open_circuit()
    deployment.run(20)
    deployment.gateway.down = False
    deployment.run_until(lambda: ended(deployment))
    values = [one.value for one in deployment.measured if one.metric is Metric.CIRCUIT_OPEN]
    opened = values.count(1)
    assert opened > 1
    assert values == [1] * opened + [0] * FAILURES


def test_long_outage_needs_few_calls() -> None:
    counted = CrashInjector()
    deployment, _ = with_open_circuit(counted)
    for _ in range(50):
        deployment.accept()
    deployment.run(120)
    before = Counter(counted.calls)
    deployment.run(3600)
    cost = Counter(counted.calls) - before
    # One probe every half minute, and the other jobs recheck twice an hour.
    assert cost["FakeGateway.find"] <= 3600 / MOST_WAIT.total_seconds() + 1
    assert cost["FakeGateway.add"] == 0
    assert cost["FakeJobs.save"] == 0
    assert cost["FakeAccess.workspace"] < 3 * 3600 / MOST_WAIT.total_seconds() + 55 * 4


def test_cancelled_jobs_do_not_cause_more_rechecks() -> None:
    counted = CrashInjector()
    deployment, _ = with_open_circuit(counted)
    waiting = [deployment.accept() for _ in range(60)]
    deployment.run(60)
    for job in waiting[:-10]:
        deployment.control.cancel("demo", job.id, "token:ada")
    deployment.run(120)
    before = Counter(counted.calls)
    deployment.run(1200)
    # The first job comes to every probe, and perhaps a job that was enqueued meanwhile.
    assert (Counter(counted.calls) - before)["FakeQueue.send"] < 4 * 1200 / MOST_WAIT.total_seconds()


def test_jobs_fail_after_a_day_without_gateway() -> None:
    deployment, jobs = with_open_circuit()
    late = deployment.accept()
    deployment.run_until(lambda: ended(deployment), hours=30)
    assert {deployment.reload(job).error.code for job in (*jobs, late)} == {"gateway_away"}  # type: ignore[union-attr]
    assert deployment.clock() >= jobs[0].created_at + MAX_GATEWAY_WAIT


def test_cancelled_waiting_job_does_not_block_others() -> None:
    deployment, jobs = with_open_circuit()
    deployment.run(60)
    for job in jobs[:3]:
        deployment.control.cancel("demo", job.id, "token:ada")
    deployment.run(60)
    deployment.gateway.down = False
    deployment.run_until(lambda: ended(deployment), hours=1)
    assert [deployment.reload(job).status for job in jobs[3:]] == [JobStatus.COMPLETED] * 2


def test_slots_limit_runs_after_an_outage() -> None:
    deployment = SimulatedDeployment()
    deployment.access.put_workspace(Workspace(id="demo", max_running=2))
    deployment.gateway.down = True
    jobs = [deployment.accept(instructions="SLEEP=5") for _ in range(8)]
    deployment.run(300)
    deployment.gateway.down = False
    deployment.run_until(lambda: ended(deployment), hours=1)
    assert {deployment.reload(job).status for job in jobs} == {JobStatus.COMPLETED}


def outage(crashes: CrashInjector) -> SimulatedDeployment:
    deployment, _ = with_open_circuit(crashes, jobs=3)
    deployment.run(12)
    deployment.gateway.down = False
    deployment.run_until(lambda: ended(deployment), hours=3)
    return deployment


def test_crash_leaves_no_circuit_open() -> None:
    counted = CrashInjector()
    outage(counted)
    for at in range(7, len(counted.calls) + 1):
        for moment in moments(counted.calls[at - 1]):
            crashes = CrashInjector(at, moment)
            try:
                deployment = outage(crashes)
            except ProcessKilled:  # the crashed call was the client's
                continue
            crash_point = f"crash {moment} call {at}, {crashes.calls[at - 1]}"
            assert {job.status for job in deployment.jobs.everything()} == {JobStatus.COMPLETED}, crash_point
            assert max(Counter(call.key for call in deployment.gateway.model_calls).values()) == 1, (
                crash_point
            )
            assert state(deployment) is CircuitState.CLOSED, crash_point


def test_concurrent_callers_make_one_probe() -> None:
    deployment, jobs = with_open_circuit()
    meanwhile = ConcurrentChange("FakeGateway.find")
    deployment.start(deployment.backends.with_crashes(meanwhile), deployment.clock)
    found: list[str] = []

    def others() -> None:
        before = meanwhile.calls.count("FakeGateway.find")
        for job in jobs:
            with suppress(StaleJob):
                deployment.stitcher.process("demo", job.id)
        found.extend(["again"] * (meanwhile.calls.count("FakeGateway.find") - before))

    meanwhile.act = others
    deployment.run(6)
    assert meanwhile.act is None, "nobody has probed"
    assert found == []
