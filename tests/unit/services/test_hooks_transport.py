"""Jobs on the fire-and-forget transport: called once, ended by gates or reports, never stopped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from mosaic.access.model import Workspace
from mosaic.jobs.fire_and_forget import CANNOT_STOP, HOOKS_ONLY, POSSIBLY_STARTED
from mosaic.jobs.model import Job
from mosaic.jobs.reports import Progress
from mosaic.jobs.states import JobStatus, Phase
from mosaic.openclaw.errors import GatewayError, GatewayRefused, GatewayUnauthorized, GatewayUnavailable
from mosaic.services.hooks_transport import FireAndForgetTransport
from tests.fakes.crash_injector import CrashInjector, ProcessKilled
from tests.fakes.hooks import FakeHooks
from tests.fakes.simulated_deployment import SimulatedDeployment

CEILINGS = {"runner": ("read",), "weaver": ("read", "write", "edit", "apply_patch")}
UNCLEAR = GatewayUnavailable("hook: ReadTimeoutError", may_have_been_accepted=True)
AWAY = GatewayUnavailable("hook: NewConnectionError", may_have_been_accepted=False)


@pytest.fixture
def hooks() -> FakeHooks:
    return FakeHooks()


@pytest.fixture
def deployment(hooks: FakeHooks) -> SimulatedDeployment:
    return over(hooks, CrashInjector())


def over(hooks: FakeHooks, crashes: CrashInjector) -> SimulatedDeployment:
    deployment = SimulatedDeployment()
    deployment.hooks = FireAndForgetTransport(crashes.wrap(hooks), CEILINGS)
    deployment.start(deployment.backends.with_crashes(crashes), deployment.clock)
    return deployment


def code(job: Job) -> str | None:
    return job.error.code if job.error else None


def step(job: Job, name: str) -> tuple[str, str | None]:
    [found] = [step for step in job.steps if (step.attempt, step.name) == (job.attempt, name)]
    return found.status.value, found.output


def report(deployment: SimulatedDeployment, job: Job, percent: int) -> Job:
    reports = (Progress(kind="progress", percent=percent),)
    return deployment.control.report("demo", job.id, "run", job.attempt, None, reports)


# ------------------------------------------------------------------ ends


def test_gates_apply_from_the_admission(deployment: SimulatedDeployment, hooks: FakeHooks) -> None:
    job = deployment.process(deployment.accept(type="code-task", profile="weaver"))
    assert (job.phase, len(hooks.started)) == (Phase.VALIDATION, 1)
    assert step(job, "dispatch") == ("COMPLETED", f"run hook-1; {HOOKS_ONLY}")
    assert step(job, "agent run") == ("SKIPPED", HOOKS_ONLY)
    for gate in job.gates:
        job = deployment.report(job, gate.id)
    assert job.status is JobStatus.COMPLETED


def test_run_without_gates_ends_by_its_report(deployment: SimulatedDeployment, hooks: FakeHooks) -> None:
    job = deployment.process(deployment.accept())
    assert (job.status, job.phase) == (JobStatus.RUNNING, Phase.EXECUTION)
    assert report(deployment, job, 60).phase is Phase.EXECUTION
    done = report(deployment, job, 100)
    assert done.status is JobStatus.COMPLETED
    assert step(done, "agent run") == ("COMPLETED", HOOKS_ONLY)
    assert len(hooks.started) == 1


def test_silent_run_fails_at_its_deadline(
    deployment: SimulatedDeployment,
) -> None:
    job = deployment.accept(timeout_seconds=600, max_attempts=3)
    deployment.run_until(deployment.is_idle)
    failed = deployment.reload(job)
    assert (failed.status, code(failed), failed.attempt) == (JobStatus.FAILED, "run_unknown", 1)
    assert timedelta(seconds=600) <= deployment.clock() - job.created_at < timedelta(seconds=900)


def test_cancelled_run_cannot_be_stopped(deployment: SimulatedDeployment) -> None:
    job = deployment.process(deployment.accept())
    deployment.control.cancel("demo", job.id, "token:eve")
    deployment.run_until(deployment.is_idle)
    cancelled = deployment.reload(job)
    assert cancelled.status is JobStatus.CANCELLED
    assert step(cancelled, "stop run") == ("SKIPPED", CANNOT_STOP)


def test_cancelled_retry_names_the_earlier_run(
    deployment: SimulatedDeployment,
) -> None:
    job = deployment.accept(timeout_seconds=60)
    deployment.run_until(deployment.is_idle)
    queued = deployment.control.retry("demo", job.id, "token:eve", role="member")
    assert (queued.status, queued.attempt) == (JobStatus.QUEUED, 2)
    deployment.control.cancel("demo", job.id, "token:eve")
    deployment.run_until(deployment.is_idle)
    cancelled = deployment.reload(job)
    assert cancelled.status is JobStatus.CANCELLED
    assert step(cancelled, "stop run") == ("SKIPPED", CANNOT_STOP)


# ------------------------------------------------------------------ one call


@pytest.mark.parametrize("times", [1, 3])
def test_unreached_gateway_is_called_again(
    deployment: SimulatedDeployment, hooks: FakeHooks, times: int
) -> None:
    hooks.error = AWAY
    job = deployment.accept()
    deployment.run(2 * times)
    assert deployment.reload(job).status is JobStatus.QUEUED
    hooks.error = None
    deployment.run_until(lambda: bool(hooks.started))
    assert deployment.reload(job).phase is Phase.EXECUTION
    assert len(hooks.started) == 1


def test_lost_response_counts_as_admission(deployment: SimulatedDeployment, hooks: FakeHooks) -> None:
    hooks.error = UNCLEAR
    job = deployment.process(deployment.accept())
    hooks.error = None
    assert (job.phase, step(job, "dispatch")) == (Phase.EXECUTION, ("COMPLETED", POSSIBLY_STARTED))
    deployment.run(300)
    assert len(hooks.started) == 1
    assert report(deployment, job, 100).status is JobStatus.COMPLETED


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("call", range(1, 12))
def test_crashed_stitcher_calls_the_hook_once(call: int, moment: str) -> None:
    hooks = FakeHooks()
    deployment = over(hooks, CrashInjector(call, moment))  # type: ignore[arg-type]
    job = None
    try:
        job = deployment.accept(timeout_seconds=60)
    except ProcessKilled:
        return
    deployment.run_until(deployment.is_idle)
    assert len(hooks.started) <= 1
    assert code(deployment.reload(job)) == "run_unknown"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (GatewayRefused("HTTP_400", 'unknown agentId "runner"'), "gateway_refused"),
        (GatewayUnauthorized("the gateway does not accept the token (401)"), "gateway_unavailable"),
    ],
)
def test_refusal_fails_the_job_with_its_reason(
    deployment: SimulatedDeployment, hooks: FakeHooks, error: GatewayError, expected: str
) -> None:
    deployment.access.put_workspace(Workspace(id="demo", max_dispatch_tries=2))
    hooks.error = error
    job = deployment.accept()
    deployment.run_until(lambda: deployment.reload(job).status is JobStatus.FAILED)
    assert code(deployment.reload(job)) == expected
    assert hooks.started == []


# ------------------------------------------------------------------ limits of the agent


@pytest.mark.parametrize(
    ("tools_by_profile", "expected"),
    [
        ({"runner": ("read",)}, None),
        ({"runner": ()}, None),
        ({"runner": ("read", "exec")}, "tools_unlimited"),
        ({"weaver": ("read",)}, "tools_unlimited"),
        ({}, "tools_unlimited"),
    ],
    ids=["as granted", "less", "more", "not said of this one", "not said"],
)
def test_agent_with_more_tools_gets_no_run(
    hooks: FakeHooks, tools_by_profile: dict[str, tuple[str, ...]], expected: str | None
) -> None:
    deployment = SimulatedDeployment()
    deployment.hooks = FireAndForgetTransport(hooks, tools_by_profile)
    deployment.start(deployment.backends, deployment.clock)
    job = deployment.process(deployment.accept())
    assert code(job) == expected
    assert len(hooks.started) == (0 if expected else 1)


def test_message_states_that_no_reply_is_read(deployment: SimulatedDeployment, hooks: FakeHooks) -> None:
    deployment.process(deployment.accept())
    [asked] = hooks.started
    assert "Nobody hears your final reply" in asked.message


# ------------------------------------------------------------------ change of transport


def switch(deployment: SimulatedDeployment, hooks: FireAndForgetTransport | None) -> None:
    deployment.hooks = hooks
    deployment.start(deployment.backends, deployment.clock)


def test_queued_job_uses_the_present_transport(deployment: SimulatedDeployment, hooks: FakeHooks) -> None:
    hooks.error = AWAY
    job = deployment.process(deployment.accept())
    switch(deployment, None)
    deployment.run_until(deployment.is_idle)
    assert deployment.reload(job).status is JobStatus.COMPLETED
    assert (len(hooks.started), len(deployment.gateway.model_calls)) == (0, 1)


@pytest.mark.parametrize(
    "act", [lambda _deployment: None, lambda deployment: deployment.run(200)], ids=["at once", "later"]
)
def test_possible_rpc_dispatch_stays_with_rpc(
    deployment: SimulatedDeployment, hooks: FakeHooks, act: Callable[[SimulatedDeployment], None]
) -> None:
    switch(deployment, None)
    deployment.gateway.losing_answers = True
    job = deployment.process(deployment.accept())
    deployment.gateway.losing_answers = False
    switch(deployment, FireAndForgetTransport(hooks, CEILINGS))
    act(deployment)
    deployment.run_until(deployment.is_idle)
    assert deployment.reload(job).status is JobStatus.COMPLETED
    assert (len(hooks.started), len(deployment.gateway.model_calls)) == (0, 1)
