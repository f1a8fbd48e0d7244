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
from mosaic.services.admit_job import PATIENCE
from mosaic.services.circuit_breaker import circuit_of
from mosaic.storage.job_queue import wake
from tests.fakes.crash_injector import CrashInjector, Meanwhile, ProcessKilled, Trouble, moments
from tests.fakes.simulated_deployment import World

AWAY = GatewayUnavailable("connection refused", may_have_been_accepted=False)


def state(world: World) -> CircuitState:
    return circuit_of(world.services.shared).state(world.clock())


def tries(world: World, job: Job) -> int:
    order = world.again(job).dispatch
    return order.tries if order else 0


def ended(world: World) -> bool:
    return all(job.status in ENDED for job in world.jobs.everything())


def starts(world: World) -> list[str]:
    began = (new.id for _, new in world.jobs.stream if new.dispatch and new.dispatch.declaration_id)
    return list(dict.fromkeys(began))


def broken(crashes: CrashInjector | None = None, jobs: int = FAILURES) -> tuple[World, list[Job]]:
    """A world whose gateway is away and whose circuit is open, by the failures of so many jobs."""
    world = World(crashes)
    world.gateway.down = True
    made = [world.accept() for _ in range(jobs)]
    with suppress(StaleJob, ProcessKilled):
        world.run(1)
    return world, made


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
    world = World(Trouble("FakeGateway.add", error))
    for _ in range(FAILURES):
        world.accept()
    world.run(1)
    assert (state(world) is CircuitState.OPEN) is opens


def test_an_answer_in_between_begins_the_count_anew() -> None:
    world = World(trouble := Trouble("FakeGateway.add", AWAY, times=FAILURES - 1))
    for _ in range(FAILURES):
        world.accept()
    world.run(1)
    assert trouble.left == 0
    assert circuit_of(world.services.shared).failures == 0


def test_while_it_is_open_new_jobs_wait_and_the_gateway_is_left_alone() -> None:
    counted = CrashInjector()
    world, _ = broken(counted)
    before = Counter(counted.calls)
    late = [world.accept() for _ in range(20)]
    world.run(2)
    assert {world.again(job).waiting for job in late} == {Waiting.GATEWAY}
    assert {world.again(job).status for job in late} == {JobStatus.QUEUED}
    assert all(world.again(job).retry_at for job in late)
    assert {tries(world, job) for job in late} == {0}
    calls = Counter(counted.calls) - before
    assert (calls["FakeGateway.add"], calls["FakeGateway.find"]) == (0, 0)


def test_messages_that_come_again_do_not_breed_while_it_is_open() -> None:
    world, jobs = broken()
    world.run(60)
    for _ in range(20):
        for job in jobs:
            world.queue.send(wake(job))
    world.run(60)
    assert len(world.queue.messages) <= 1


def test_a_gateway_that_is_left_alone_is_not_asked_to_forget_either() -> None:
    world = World(counted := CrashInjector())
    job = world.accept(instructions="FAIL500", max_attempts=2)
    world.until(lambda: world.again(job).attempt == 2)
    world.gateway.down = True
    world.until(lambda: world.again(job).waiting is Waiting.GATEWAY)
    before = Counter(counted.calls)
    world.run(600)
    calls = Counter(counted.calls) - before
    assert calls["FakeGateway.find"] <= 600 / MOST_WAIT.total_seconds() + 2
    assert calls["FakeGateway.remove"] == 0


def test_neither_tries_nor_attempts_are_burnt_however_long_it_takes() -> None:
    world, jobs = broken()
    late = [world.accept() for _ in range(10)]
    world.run(3600)
    told = {job.id: tries(world, job) for job in jobs}
    assert sum(told.values()) == FAILURES
    assert {world.again(job).attempt for job in (*jobs, *late)} == {1}
    world.gateway.down = False
    world.until(lambda: ended(world), hours=1)
    assert {world.again(job).status for job in (*jobs, *late)} == {JobStatus.COMPLETED}
    assert {job.id: tries(world, job) for job in jobs} == told
    assert max(Counter(call.key for call in world.gateway.model_calls).values()) == 1


def test_once_the_gateway_is_back_all_go_on_within_seconds_in_their_order() -> None:
    world, jobs = broken()
    late = [world.accept(priority=priority) for priority in (5, 9, 5, 5, 9, 5, 5)]
    world.run(600)
    world.gateway.down = False
    back = world.clock()
    world.until(lambda: ended(world), hours=1)
    assert world.clock() - back < MOST_WAIT + timedelta(seconds=30)
    order = sorted((*jobs, *late), key=lambda job: world.again(job).place)
    # Whoever probes may be any; all the others go by their place.
    probed = starts(world)[0]
    assert starts(world)[1:] == [job.id for job in order if job.id != probed]


def test_those_who_waited_do_not_all_come_at_once() -> None:
    world, _ = broken()
    for _ in range(40):
        world.accept()
    world.run(600)
    world.gateway.down = False
    world.until(lambda: state(world) is CircuitState.CLOSED)
    assert len(starts(world)) < 10
    world.until(lambda: ended(world), hours=1)
    assert len(starts(world)) == 45


def test_every_workspace_that_waited_goes_on() -> None:
    world, _ = broken()
    others = [world.accept(workspace_id=f"other{n}") for n in range(5) for _ in range(3)]
    world.run(600)
    world.gateway.down = False
    world.run(90)
    assert {world.again(job).status for job in others} == {JobStatus.COMPLETED}


def test_the_metric_says_that_it_is_open_and_with_every_answer_that_it_is_not() -> None:
    world, _ = broken()
    world.run(20)
    world.gateway.down = False
    world.until(lambda: ended(world))
    told = [one.value for one in world.measured if one.metric is Metric.CIRCUIT_OPEN]
    opened = told.count(1)
    assert opened > 1
    assert told == [1] * opened + [0] * FAILURES


def test_a_long_outage_costs_little_for_each_job_that_waits() -> None:
    counted = CrashInjector()
    world, _ = broken(counted)
    for _ in range(50):
        world.accept()
    world.run(120)
    before = Counter(counted.calls)
    world.run(3600)
    cost = Counter(counted.calls) - before
    # One probe every half minute, and the others look twice an hour.
    assert cost["FakeGateway.find"] <= 3600 / MOST_WAIT.total_seconds() + 1
    assert cost["FakeGateway.add"] == 0
    assert cost["FakeJobs.save"] == 0
    assert cost["FakeAccess.workspace"] < 3 * 3600 / MOST_WAIT.total_seconds() + 55 * 4


def test_cancelling_many_who_wait_does_not_make_the_others_look_more_often() -> None:
    counted = CrashInjector()
    world, _ = broken(counted)
    waiting = [world.accept() for _ in range(60)]
    world.run(60)
    for job in waiting[:-10]:
        world.control.cancel("demo", job.id, "token:ada")
    world.run(120)
    before = Counter(counted.calls)
    world.run(1200)
    # Whoever stands first comes to every probe, and with them perhaps who was called meanwhile.
    assert (Counter(counted.calls) - before)["FakeQueue.send"] < 4 * 1200 / MOST_WAIT.total_seconds()


def test_a_gateway_that_never_comes_back_is_given_up_after_a_day() -> None:
    world, jobs = broken()
    late = world.accept()
    world.until(lambda: ended(world), hours=30)
    assert {world.again(job).error.code for job in (*jobs, late)} == {"gateway_away"}  # type: ignore[union-attr]
    assert world.clock() >= jobs[0].created_at + PATIENCE


def test_a_waiting_job_can_be_cancelled_and_the_others_still_go_on() -> None:
    world, jobs = broken()
    world.run(60)
    for job in jobs[:3]:
        world.control.cancel("demo", job.id, "token:ada")
    world.run(60)
    world.gateway.down = False
    world.until(lambda: ended(world), hours=1)
    assert [world.again(job).status for job in jobs[3:]] == [JobStatus.COMPLETED] * 2


def test_with_places_few_run_at_once_after_the_outage_too() -> None:
    world = World()
    world.access.put_workspace(Workspace(id="demo", max_running=2))
    world.gateway.down = True
    jobs = [world.accept(instructions="SLEEP=5") for _ in range(8)]
    world.run(300)
    world.gateway.down = False
    world.until(lambda: ended(world), hours=1)
    assert {world.again(job).status for job in jobs} == {JobStatus.COMPLETED}


def outage(crashes: CrashInjector) -> World:
    world, _ = broken(crashes, jobs=3)
    world.run(12)
    world.gateway.down = False
    world.until(lambda: ended(world), hours=3)
    return world


def test_whoever_dies_wherever_the_circuit_closes_and_each_job_runs_once() -> None:
    counted = CrashInjector()
    outage(counted)
    for at in range(7, len(counted.calls) + 1):
        for moment in moments(counted.calls[at - 1]):
            crashes = CrashInjector(at, moment)
            try:
                world = outage(crashes)
            except ProcessKilled:  # it was the client's call
                continue
            said = f"death {moment} call {at}, {crashes.calls[at - 1]}"
            assert {job.status for job in world.jobs.everything()} == {JobStatus.COMPLETED}, said
            assert max(Counter(call.key for call in world.gateway.model_calls).values()) == 1, said
            assert state(world) is CircuitState.CLOSED, said


def test_only_one_probes_whoever_else_comes_at_that_moment() -> None:
    world, jobs = broken()
    meanwhile = Meanwhile("FakeGateway.find")
    world.start(world.services.under(meanwhile), world.clock)
    found: list[str] = []

    def others() -> None:
        before = meanwhile.calls.count("FakeGateway.find")
        for job in jobs:
            with suppress(StaleJob):
                world.stitcher.attend("demo", job.id)
        found.extend(["again"] * (meanwhile.calls.count("FakeGateway.find") - before))

    meanwhile.act = others
    world.run(6)
    assert meanwhile.act is None, "nobody has probed"
    assert found == []
