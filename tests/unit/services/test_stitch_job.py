"""What a woken job gets: the one thing that its state calls for, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mosaic.access.model import Grant, JobType, Workspace
from mosaic.jobs import lifecycle
from mosaic.jobs.errors import StaleJob
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Phase, StepStatus, Waiting
from mosaic.rails.capabilities import PROFILES
from mosaic.rails.gates import rules_of
from tests.fakes.crash_injector import CrashInjector, Meanwhile, ProcessKilled
from tests.fakes.simulated_deployment import World


def code(job: Job) -> str | None:
    return job.error.code if job.error else None


def steps(job: Job) -> list[tuple[str, str]]:
    return [(step.name, step.status.value) for step in job.steps]


# ------------------------------------------------------------------ rails


def test_what_the_rails_allow_is_at_the_gateway_at_once(world: World) -> None:
    job = world.attend(world.accept())
    assert (job.status, job.phase) == (JobStatus.RUNNING, Phase.EXECUTION)
    assert job.dispatch
    assert world.gateway.find(job.dispatch.key)
    assert steps(job) == [
        ("guard rails", "COMPLETED"),
        ("quality rails", "COMPLETED"),
        ("dispatch", "COMPLETED"),
        ("agent run", "RUNNING"),
    ]


@pytest.mark.parametrize("profile", PROFILES)
def test_the_run_is_offered_no_tool_that_the_rails_did_not_grant(world: World, profile: str) -> None:
    job = world.attend(world.accept(profile=profile))
    world.pass_time(5)
    for call in world.gateway.model_calls:
        assert job.guard
        assert set(call.tools) - {"tool_call", "tool_describe", "tool_search"} <= set(job.guard.tools)


@pytest.mark.parametrize("capability", ["code:write", "git:push", "no:such"])
def test_what_the_rails_deny_fails_and_is_never_dispatched(world: World, capability: str) -> None:
    job = world.attend(world.accept(requested_capabilities=(capability,)))
    assert (job.status, code(job)) == (JobStatus.FAILED, "denied")
    assert job.error
    assert job.guard
    assert job.guard.reasons[0].policy in job.error.title
    world.until(world.at_rest)
    assert world.gateway.model_calls == []


def test_what_needs_a_persons_yes_waits_for_it_and_is_not_dispatched(world: World) -> None:
    job = world.attend(world.accept(profile="weaver", requested_capabilities=("git:push",)))
    assert (job.status, job.waiting) == (JobStatus.PENDING, Waiting.APPROVAL)
    assert job.expires_at == world.clock() + timedelta(days=3)
    assert world.attend(job) == job
    assert world.gateway.model_calls == []


def test_what_nobody_approves_in_time_fails(world: World) -> None:
    job = world.attend(world.accept(profile="weaver", requested_capabilities=("git:push",)))
    world.until(world.at_rest, hours=73)
    assert code(world.again(job)) == "approval_expired"
    assert world.gateway.model_calls == []


def test_a_grant_of_the_workspace_lets_through_without_asking(world: World) -> None:
    world.access.put_workspace(Workspace(id="demo", grants=(Grant(profile="weaver", capability="git:push"),)))
    job = world.attend(world.accept(profile="weaver", requested_capabilities=("git:push",)))
    assert job.status is JobStatus.RUNNING


def test_a_grant_that_is_taken_back_before_the_dispatch_is_asked_for_again(world: World) -> None:
    world.access.put_workspace(Workspace(id="demo", grants=(Grant(profile="weaver", capability="git:push"),)))
    world.gateway.down = True
    job = world.attend(world.accept(profile="weaver", requested_capabilities=("git:push",)))
    world.access.put_workspace(Workspace(id="demo"))
    world.gateway.down = False
    world.run(30)
    assert world.again(job).waiting is Waiting.APPROVAL
    assert world.gateway.model_calls == []


def test_a_type_that_the_workspace_has_no_more_fails(world: World) -> None:
    job = world.accept()
    world.access.put_workspace(Workspace(id="demo", job_types={"other": JobType(profile="runner")}))
    assert code(world.attend(job)) == "unknown_type"


def test_a_workspace_that_was_never_configured_has_the_defaults(world: World) -> None:
    assert world.attend(world.accept(workspace_id="acme")).status is JobStatus.RUNNING


def test_the_gates_are_those_of_the_workspace_when_the_attempt_begins(world: World) -> None:
    rules = rules_of({"git-status": ["smoke"]})
    world.access.put_workspace(Workspace(id="demo", gates=rules, gate_timeout_seconds=60))
    job = world.attend(world.accept())
    assert [gate.id for gate in job.gates] == ["smoke"]
    world.pass_time(10)
    assert world.again(job).phase is Phase.VALIDATION
    world.until(world.at_rest)
    assert code(world.again(job)) == "gate_timeout"


# ------------------------------------------------------------------ messages that come twice, early or for nothing


def test_a_message_for_a_job_that_there_is_not_is_done(world: World) -> None:
    world.stitcher.attend("demo", "01KGA999999999999999999999")


def test_a_second_message_for_a_running_job_does_nothing(world: World) -> None:
    job = world.attend(world.accept())
    assert world.attend(job) == job


@pytest.mark.parametrize("end", ["completed", "cancelled", "denied"])
def test_a_message_for_an_ended_job_does_nothing(world: World, end: str) -> None:
    job = world.accept(requested_capabilities=("code:write",) if end == "denied" else ())
    if end == "cancelled":
        world.control.cancel("demo", job.id, "token:eve")
    world.until(world.at_rest)
    job = world.again(job)
    assert world.attend(job) == job


@pytest.mark.parametrize(("early", "released"), [(3, False), (2, True), (0, True), (-60, True)])
def test_a_delayed_job_is_released_when_its_time_has_all_but_come(
    world: World, early: int, released: bool
) -> None:
    job = world.accept(run_at=world.clock() + timedelta(minutes=10))
    world.clock.forward(600 - early)
    assert (world.attend(job).status is JobStatus.RUNNING) == released


def test_who_is_overtaken_is_told_and_orders_nothing() -> None:
    """Two messages for one job: somebody saves while this stitcher decides."""
    meanwhile = Meanwhile("FakeAccess.workspace")
    world = World(meanwhile)
    job = world.accept()
    meanwhile.act = lambda: world.jobs.save(lifecycle.change(job, world.clock(), "rival"))
    with pytest.raises(StaleJob):
        world.attend(job)
    assert world.gateway.model_calls == []


# ------------------------------------------------------------------ after a death


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_order_that_nobody_carried_out_is_carried_out_once(moment: str) -> None:
    counted = CrashInjector()
    plain = World(counted)
    plain.attend(plain.accept())
    call = counted.calls.index("FakeGateway.add") + 1
    world = World(CrashInjector(call, "before" if moment == "before" else "after"))
    job = world.accept()
    with pytest.raises(ProcessKilled):
        world.attend(job)
    ordered = world.again(job)
    assert (ordered.phase, ordered.dispatch and ordered.dispatch.declaration_id) == (Phase.SETUP, None)
    world.until(world.at_rest)
    assert world.again(job).status is JobStatus.COMPLETED
    assert len(world.gateway.model_calls) == 1


def test_an_order_is_left_alone_until_its_stitcher_must_be_dead(world: World) -> None:
    counted = CrashInjector()
    plain = World(counted)
    plain.attend(plain.accept())
    world = World(CrashInjector(counted.calls.index("FakeGateway.add") + 1, "before"))
    job = world.accept()
    with pytest.raises(ProcessKilled):
        world.attend(job)
    world.clock.forward(80)
    ordered = world.again(job)
    assert world.attend(job) == ordered


def test_a_step_that_a_dead_stitcher_left_is_not_left_running(world: World) -> None:
    job = world.accept(instructions="SLEEP=600")
    world.run(10)
    world.control.cancel("demo", job.id, "token:eve")
    world.until(world.at_rest)
    assert all(step.status is not StepStatus.RUNNING for step in world.again(job).steps)
