"""A gateway that fails is left alone but for one probe at a time; jobs wait for it, and then go on in their order."""

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
    order = deployment.reload(job).dispatch
    return order.tries if order else 0


def ended(deployment: SimulatedDeployment) -> bool:
    return all(job.status in ENDED for job in deployment.jobs.everything())


def starts(deployment: SimulatedDeployment) -> list[str]:
    began = (new.id for _, new in deployment.jobs.stream if new.dispatch and new.dispatch.scheduled_run_id)
    return list(dict.fromkeys(began))


def broken(
    crashes: CrashInjector | None = None, jobs: int = FAILURES
) -> tuple[SimulatedDeployment, list[Job]]:
    """A world whose gateway is away and whose circuit is open, by the failures of so many jobs."""
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
def test_only_failures_of_the_gateway_itself_open_the_circuit(error: GatewayError, opens: bool) -> None:
    deployment = SimulatedDeployment(FailingCalls("FakeGateway.add", error))
    for _ in range(FAILURES):
        deployment.accept()
    deployment.run(1)
    assert (state(deployment) is CircuitState.OPEN) is opens


def test_an_answer_in_between_begins_the_count_anew() -> None:
    deployment = SimulatedDeployment(trouble := FailingCalls("FakeGateway.add", AWAY, times=FAILURES - 1))
    for _ in range(FAILURES):
        deployment.accept()
    deployment.run(1)
    assert trouble.left == 0
    assert circuit_of(deployment.backends.shared).failures == 0


def test_while_it_is_open_new_jobs_wait_and_the_gateway_is_left_alone() -> None:
    counted = CrashInjector()
    deployment, _ = broken(counted)
    before = Counter(counted.calls)
    late = [deployment.accept() for _ in range(20)]
    deployment.run(2)
    assert {deployment.reload(job).waiting for job in late} == {Waiting.GATEWAY}
    assert {deployment.reload(job).status for job in late} == {JobStatus.QUEUED}
    assert all(deployment.reload(job).retry_at for job in late)
    assert {tries(deployment, job) for job in late} == {0}
    calls = Counter(counted.calls) - before
    assert (calls["FakeGateway.add"], calls["FakeGateway.find"]) == (0, 0)


def test_messages_that_come_again_do_not_breed_while_it_is_open() -> None:
    deployment, jobs = broken()
    deployment.run(60)
    for _ in range(20):
        for job in jobs:
            deployment.queue.send(message_for(job))
    deployment.run(60)
    assert len(deployment.queue.messages) <= 1


def test_a_gateway_that_is_left_alone_is_not_asked_to_forget_either() -> None:
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


def test_neither_tries_nor_attempts_are_burnt_however_long_it_takes() -> None:
    deployment, jobs = broken()
    late = [deployment.accept() for _ in range(10)]
    deployment.run(3600)
    told = {job.id: tries(deployment, job) for job in jobs}
    assert sum(told.values()) == FAILURES
    assert {deployment.reload(job).attempt for job in (*jobs, *late)} == {1}
    deployment.gateway.down = False
    deployment.run_until(lambda: ended(deployment), hours=1)
    assert {deployment.reload(job).status for job in (*jobs, *late)} == {JobStatus.COMPLETED}
    assert {job.id: tries(deployment, job) for job in jobs} == told
    assert max(Counter(call.key for call in deployment.gateway.model_calls).values()) == 1


def test_once_the_gateway_is_back_all_go_on_within_seconds_in_their_order() -> None:
    deployment, jobs = broken()
    late = [deployment.accept(priority=priority) for priority in (5, 9, 5, 5, 9, 5, 5)]
    deployment.run(600)
    deployment.gateway.down = False
    back = deployment.clock()
    deployment.run_until(lambda: ended(deployment), hours=1)
    assert deployment.clock() - back < MOST_WAIT + timedelta(seconds=30)
    order = sorted((*jobs, *late), key=lambda job: deployment.reload(job).queue_position)
    # Whoever probes may be any; all the others go by their place.
    probed = starts(deployment)[0]
    assert starts(deployment)[1:] == [job.id for job in order if job.id != probed]


def test_those_who_waited_do_not_all_come_at_once() -> None:
    deployment, _ = broken()
    for _ in range(40):
        deployment.accept()
    deployment.run(600)
    deployment.gateway.down = False
    deployment.run_until(lambda: state(deployment) is CircuitState.CLOSED)
    assert len(starts(deployment)) < 10
    deployment.run_until(lambda: ended(deployment), hours=1)
    assert len(starts(deployment)) == 45


def test_every_workspace_that_waited_goes_on() -> None:
    deployment, _ = broken()
    others = [deployment.accept(workspace_id=f"other{n}") for n in range(5) for _ in range(3)]
    deployment.run(600)
    deployment.gateway.down = False
    deployment.run(90)
    assert {deployment.reload(job).status for job in others} == {JobStatus.COMPLETED}


def test_the_metric_says_that_it_is_open_and_with_every_answer_that_it_is_not() -> None:
    deployment, _ = broken()
    deployment.run(20)
    deployment.gateway.down = False
    deployment.run_until(lambda: ended(deployment))
    told = [one.value for one in deployment.measured if one.metric is Metric.CIRCUIT_OPEN]
    opened = told.count(1)
    assert opened > 1
    assert told == [1] * opened + [0] * FAILURES


def test_a_long_outage_costs_little_for_each_job_that_waits() -> None:
    counted = CrashInjector()
    deployment, _ = broken(counted)
    for _ in range(50):
        deployment.accept()
    deployment.run(120)
    before = Counter(counted.calls)
    deployment.run(3600)
    cost = Counter(counted.calls) - before
    # One probe every half minute, and the others look twice an hour.
    assert cost["FakeGateway.find"] <= 3600 / MOST_WAIT.total_seconds() + 1
    assert cost["FakeGateway.add"] == 0
    assert cost["FakeJobs.save"] == 0
    assert cost["FakeAccess.workspace"] < 3 * 3600 / MOST_WAIT.total_seconds() + 55 * 4


def test_cancelling_many_who_wait_does_not_make_the_others_look_more_often() -> None:
    counted = CrashInjector()
    deployment, _ = broken(counted)
    waiting = [deployment.accept() for _ in range(60)]
    deployment.run(60)
    for job in waiting[:-10]:
        deployment.control.cancel("demo", job.id, "token:ada")
    deployment.run(120)
    before = Counter(counted.calls)
    deployment.run(1200)
    # Whoever stands first comes to every probe, and with them perhaps who was called meanwhile.
    assert (Counter(counted.calls) - before)["FakeQueue.send"] < 4 * 1200 / MOST_WAIT.total_seconds()


def test_a_gateway_that_never_comes_back_is_given_up_after_a_day() -> None:
    deployment, jobs = broken()
    late = deployment.accept()
    deployment.run_until(lambda: ended(deployment), hours=30)
    assert {deployment.reload(job).error.code for job in (*jobs, late)} == {"gateway_away"}  # type: ignore[union-attr]
    assert deployment.clock() >= jobs[0].created_at + MAX_GATEWAY_WAIT


def test_a_waiting_job_can_be_cancelled_and_the_others_still_go_on() -> None:
    deployment, jobs = broken()
    deployment.run(60)
    for job in jobs[:3]:
        deployment.control.cancel("demo", job.id, "token:ada")
    deployment.run(60)
    deployment.gateway.down = False
    deployment.run_until(lambda: ended(deployment), hours=1)
    assert [deployment.reload(job).status for job in jobs[3:]] == [JobStatus.COMPLETED] * 2


def test_with_places_few_run_at_once_after_the_outage_too() -> None:
    deployment = SimulatedDeployment()
    deployment.access.put_workspace(Workspace(id="demo", max_running=2))
    deployment.gateway.down = True
    jobs = [deployment.accept(instructions="SLEEP=5") for _ in range(8)]
    deployment.run(300)
    deployment.gateway.down = False
    deployment.run_until(lambda: ended(deployment), hours=1)
    assert {deployment.reload(job).status for job in jobs} == {JobStatus.COMPLETED}


def outage(crashes: CrashInjector) -> SimulatedDeployment:
    deployment, _ = broken(crashes, jobs=3)
    deployment.run(12)
    deployment.gateway.down = False
    deployment.run_until(lambda: ended(deployment), hours=3)
    return deployment


def test_whoever_dies_wherever_the_circuit_closes_and_each_job_runs_once() -> None:
    counted = CrashInjector()
    outage(counted)
    for at in range(7, len(counted.calls) + 1):
        for moment in moments(counted.calls[at - 1]):
            crashes = CrashInjector(at, moment)
            try:
                deployment = outage(crashes)
            except ProcessKilled:  # it was the client's call
                continue
            said = f"death {moment} call {at}, {crashes.calls[at - 1]}"
            assert {job.status for job in deployment.jobs.everything()} == {JobStatus.COMPLETED}, said
            assert max(Counter(call.key for call in deployment.gateway.model_calls).values()) == 1, said
            assert state(deployment) is CircuitState.CLOSED, said


def test_only_one_probes_whoever_else_comes_at_that_moment() -> None:
    deployment, jobs = broken()
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
