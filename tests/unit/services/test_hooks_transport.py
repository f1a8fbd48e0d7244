"""Jobs at a gateway that offers hooks only: asked once, proven by their gates or their own word, never stopped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from mosaic.access.model import Workspace
from mosaic.jobs.fire_and_forget import GOES_ON, HOOKS_ONLY, UNHEARD
from mosaic.jobs.model import Job
from mosaic.jobs.reports import Progress
from mosaic.jobs.states import JobStatus, Phase
from mosaic.openclaw.errors import GatewayError, GatewayRefused, GatewayUnauthorized, GatewayUnavailable
from mosaic.services.hooks_transport import FireAndForgetTransport
from tests.fakes.crash_injector import CrashInjector, ProcessKilled
from tests.fakes.hooks import FakeHooks
from tests.fakes.simulated_deployment import World

CEILINGS = {"runner": ("read",), "weaver": ("read", "write", "edit", "apply_patch")}
UNCLEAR = GatewayUnavailable("hook: ReadTimeoutError", may_have_been_accepted=True)
AWAY = GatewayUnavailable("hook: NewConnectionError", may_have_been_accepted=False)


@pytest.fixture
def hooks() -> FakeHooks:
    return FakeHooks()


@pytest.fixture
def world(hooks: FakeHooks) -> World:
    return over(hooks, CrashInjector())


def over(hooks: FakeHooks, crashes: CrashInjector) -> World:
    world = World()
    world.hooks = FireAndForgetTransport(crashes.over(hooks), CEILINGS)
    world.start(world.services.under(crashes), world.clock)
    return world


def code(job: Job) -> str | None:
    return job.error.code if job.error else None


def step(job: Job, name: str) -> tuple[str, str | None]:
    [found] = [step for step in job.steps if (step.attempt, step.name) == (job.attempt, name)]
    return found.status.value, found.output


def report(world: World, job: Job, percent: int) -> Job:
    told = (Progress(kind="progress", percent=percent),)
    return world.control.report("demo", job.id, "run", job.attempt, None, told)


# ------------------------------------------------------------------ how it ends


def test_gates_prove_a_run_from_the_moment_that_it_was_admitted(world: World, hooks: FakeHooks) -> None:
    job = world.attend(world.accept(type="code-task", profile="weaver"))
    assert (job.phase, len(hooks.started)) == (Phase.VALIDATION, 1)
    assert step(job, "dispatch") == ("COMPLETED", f"run hook-1; {HOOKS_ONLY}")
    assert step(job, "agent run") == ("SKIPPED", HOOKS_ONLY)
    for gate in job.gates:
        job = world.report(job, gate.id)
    assert job.status is JobStatus.COMPLETED


def test_a_run_without_gates_is_over_when_it_says_so(world: World, hooks: FakeHooks) -> None:
    job = world.attend(world.accept())
    assert (job.status, job.phase) == (JobStatus.RUNNING, Phase.EXECUTION)
    assert report(world, job, 60).phase is Phase.EXECUTION
    done = report(world, job, 100)
    assert done.status is JobStatus.COMPLETED
    assert step(done, "agent run") == ("COMPLETED", HOOKS_ONLY)
    assert len(hooks.started) == 1


def test_a_run_that_says_nothing_is_given_up_at_its_deadline_for_nobody_knows(world: World) -> None:
    job = world.accept(timeout_seconds=600, max_attempts=3)
    world.until(world.at_rest)
    failed = world.again(job)
    assert (failed.status, code(failed), failed.attempt) == (JobStatus.FAILED, "run_unknown", 1)
    assert timedelta(seconds=600) <= world.clock() - job.created_at < timedelta(seconds=900)


def test_a_cancelled_run_cannot_be_stopped_and_the_job_says_so(world: World) -> None:
    job = world.attend(world.accept())
    world.control.cancel("demo", job.id, "token:eve")
    world.until(world.at_rest)
    cancelled = world.again(job)
    assert cancelled.status is JobStatus.CANCELLED
    assert step(cancelled, "stop run") == ("SKIPPED", GOES_ON)


def test_a_job_that_is_cancelled_before_its_next_attempt_says_that_the_earlier_run_may_go_on(
    world: World,
) -> None:
    job = world.accept(timeout_seconds=60)
    world.until(world.at_rest)
    queued = world.control.retry("demo", job.id, "token:eve")
    assert (queued.status, queued.attempt) == (JobStatus.QUEUED, 2)
    world.control.cancel("demo", job.id, "token:eve")
    world.until(world.at_rest)
    cancelled = world.again(job)
    assert cancelled.status is JobStatus.CANCELLED
    assert step(cancelled, "stop run") == ("SKIPPED", GOES_ON)


# ------------------------------------------------------------------ asked once


@pytest.mark.parametrize("times", [1, 3])
def test_a_gateway_that_was_certainly_not_reached_is_asked_again(
    world: World, hooks: FakeHooks, times: int
) -> None:
    hooks.error = AWAY
    job = world.accept()
    world.run(2 * times)
    assert world.again(job).status is JobStatus.QUEUED
    hooks.error = None
    world.until(lambda: bool(hooks.started))
    assert world.again(job).phase is Phase.EXECUTION
    assert len(hooks.started) == 1


def test_an_answer_that_was_lost_is_taken_for_an_admission(world: World, hooks: FakeHooks) -> None:
    hooks.error = UNCLEAR
    job = world.attend(world.accept())
    hooks.error = None
    assert (job.phase, step(job, "dispatch")) == (Phase.EXECUTION, ("COMPLETED", UNHEARD))
    world.run(300)
    assert len(hooks.started) == 1
    assert report(world, job, 100).status is JobStatus.COMPLETED


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("call", range(1, 12))
def test_a_stitcher_that_dies_anywhere_asks_once_at_most(call: int, moment: str) -> None:
    hooks = FakeHooks()
    world = over(hooks, CrashInjector(call, moment))  # type: ignore[arg-type]
    job = None
    try:
        job = world.accept(timeout_seconds=60)
    except ProcessKilled:
        return
    world.until(world.at_rest)
    assert len(hooks.started) <= 1
    assert code(world.again(job)) == "run_unknown"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (GatewayRefused("HTTP_400", 'unknown agentId "runner"'), "gateway_refused"),
        (GatewayUnauthorized("the gateway does not accept the token (401)"), "gateway_unavailable"),
    ],
)
def test_a_refusal_ends_the_job_with_what_was_said(
    world: World, hooks: FakeHooks, error: GatewayError, expected: str
) -> None:
    world.access.put_workspace(Workspace(id="demo", max_dispatch_tries=2))
    hooks.error = error
    job = world.accept()
    world.until(lambda: world.again(job).status is JobStatus.FAILED)
    assert code(world.again(job)) == expected
    assert hooks.started == []


# ------------------------------------------------------------------ what holds the agent


@pytest.mark.parametrize(
    ("ceilings", "expected"),
    [
        ({"runner": ("read",)}, None),
        ({"runner": ()}, None),
        ({"runner": ("read", "exec")}, "tools_unlimited"),
        ({"weaver": ("read",)}, "tools_unlimited"),
        ({}, "tools_unlimited"),
    ],
    ids=["as granted", "less", "more", "not said of this one", "not said"],
)
def test_an_agent_that_may_do_more_than_was_granted_gets_no_run(
    hooks: FakeHooks, ceilings: dict[str, tuple[str, ...]], expected: str | None
) -> None:
    world = World()
    world.hooks = FireAndForgetTransport(hooks, ceilings)
    world.start(world.services, world.clock)
    job = world.attend(world.accept())
    assert code(job) == expected
    assert len(hooks.started) == (0 if expected else 1)


def test_the_message_says_that_nobody_hears_the_reply(world: World, hooks: FakeHooks) -> None:
    world.attend(world.accept())
    [asked] = hooks.started
    assert "Nobody hears your final reply" in asked.message


# ------------------------------------------------------------------ the other door


def switch(world: World, hooks: FireAndForgetTransport | None) -> None:
    world.hooks = hooks
    world.start(world.services, world.clock)


def test_a_queued_job_takes_the_door_that_there_is_now(world: World, hooks: FakeHooks) -> None:
    hooks.error = AWAY
    job = world.attend(world.accept())
    switch(world, None)
    world.until(world.at_rest)
    assert world.again(job).status is JobStatus.COMPLETED
    assert (len(hooks.started), len(world.gateway.model_calls)) == (0, 1)


@pytest.mark.parametrize("act", [lambda _world: None, lambda world: world.run(200)], ids=["at once", "later"])
def test_an_order_that_the_rpc_may_have_taken_stays_with_it(
    world: World, hooks: FakeHooks, act: Callable[[World], None]
) -> None:
    switch(world, None)
    world.gateway.losing_answers = True
    job = world.attend(world.accept())
    world.gateway.losing_answers = False
    switch(world, FireAndForgetTransport(hooks, CEILINGS))
    act(world)
    world.until(world.at_rest)
    assert world.again(job).status is JobStatus.COMPLETED
    assert (len(hooks.started), len(world.gateway.model_calls)) == (0, 1)
