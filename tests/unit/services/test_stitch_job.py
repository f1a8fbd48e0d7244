"""A job that is processed gets the one step that its status calls for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mosaic.access.model import Grant, JobType, Workspace
from mosaic.jobs import lifecycle
from mosaic.jobs.errors import StaleJob
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Phase, StepStatus, Waiting
from mosaic.rails.capabilities import PROFILES
from mosaic.rails.gate_rules import token_gate_rules
from tests.fakes.crash_injector import ConcurrentChange, CrashInjector, ProcessKilled
from tests.fakes.simulated_deployment import SimulatedDeployment


def code(job: Job) -> str | None:
    return job.error.code if job.error else None


def steps(job: Job) -> list[tuple[str, str]]:
    return [(step.name, step.status.value) for step in job.steps]


# ------------------------------------------------------------------ rails


def test_allowed_job_is_dispatched_at_once(deployment: SimulatedDeployment) -> None:
    job = deployment.process(deployment.accept())
    assert (job.status, job.phase) == (JobStatus.RUNNING, Phase.EXECUTION)
    assert job.dispatch
    assert deployment.gateway.find(job.dispatch.key)
    assert steps(job) == [
        ("guard rails", "COMPLETED"),
        ("quality rails", "COMPLETED"),
        ("dispatch", "COMPLETED"),
        ("agent run", "RUNNING"),
    ]


@pytest.mark.parametrize("profile", PROFILES)
def test_run_gets_only_granted_tools(deployment: SimulatedDeployment, profile: str) -> None:
    job = deployment.process(deployment.accept(profile=profile))
    deployment.pass_time(5)
    for call in deployment.gateway.model_calls:
        assert job.guard
        assert set(call.tools) - {"tool_call", "tool_describe", "tool_search"} <= set(job.guard.tools)


@pytest.mark.parametrize("capability", ["code:write", "git:push", "no:such"])
def test_denied_job_is_never_dispatched(deployment: SimulatedDeployment, capability: str) -> None:
    job = deployment.process(deployment.accept(requested_capabilities=(capability,)))
    assert (job.status, code(job)) == (JobStatus.FAILED, "denied")
    assert job.error
    assert job.guard
    assert job.guard.reasons[0].policy in job.error.title
    deployment.run_until(deployment.is_idle)
    assert deployment.gateway.model_calls == []


def test_job_waits_for_approval_undispatched(deployment: SimulatedDeployment) -> None:
    job = deployment.process(deployment.accept(profile="weaver", requested_capabilities=("git:push",)))
    assert (job.status, job.waiting) == (JobStatus.PENDING, Waiting.APPROVAL)
    assert job.expires_at == deployment.clock() + timedelta(days=3)
    assert deployment.process(job) == job
    assert deployment.gateway.model_calls == []


def test_unapproved_job_fails_after_the_timeout(deployment: SimulatedDeployment) -> None:
    job = deployment.process(deployment.accept(profile="weaver", requested_capabilities=("git:push",)))
    deployment.run_until(deployment.is_idle, hours=73)
    assert code(deployment.reload(job)) == "approval_expired"
    assert deployment.gateway.model_calls == []


def test_granted_job_needs_no_approval(deployment: SimulatedDeployment) -> None:
    deployment.access.put_workspace(
        Workspace(id="demo", grants=(Grant(profile="weaver", capability="git:push"),))
    )
    job = deployment.process(deployment.accept(profile="weaver", requested_capabilities=("git:push",)))
    assert job.status is JobStatus.RUNNING


def test_withdrawn_grant_needs_approval(
    deployment: SimulatedDeployment,
) -> None:
    deployment.access.put_workspace(
        Workspace(id="demo", grants=(Grant(profile="weaver", capability="git:push"),))
    )
    deployment.gateway.down = True
    job = deployment.process(deployment.accept(profile="weaver", requested_capabilities=("git:push",)))
    deployment.access.put_workspace(Workspace(id="demo"))
    deployment.gateway.down = False
    deployment.run(30)
    assert deployment.reload(job).waiting is Waiting.APPROVAL
    assert deployment.gateway.model_calls == []


def test_removed_job_type_fails(deployment: SimulatedDeployment) -> None:
    job = deployment.accept()
    deployment.access.put_workspace(Workspace(id="demo", job_types={"other": JobType(profile="runner")}))
    assert code(deployment.process(job)) == "unknown_type"


def test_unconfigured_workspace_has_defaults(deployment: SimulatedDeployment) -> None:
    assert deployment.process(deployment.accept(workspace_id="acme")).status is JobStatus.RUNNING


def test_gates_are_fixed_when_the_attempt_begins(
    deployment: SimulatedDeployment,
) -> None:
    rules = token_gate_rules({"git-status": ["smoke"]})
    deployment.access.put_workspace(Workspace(id="demo", gates=rules, gate_timeout_seconds=60))
    job = deployment.process(deployment.accept())
    assert [gate.id for gate in job.gates] == ["smoke"]
    deployment.pass_time(10)
    assert deployment.reload(job).phase is Phase.VALIDATION
    deployment.run_until(deployment.is_idle)
    assert code(deployment.reload(job)) == "gate_timeout"


# ------------------------------------------------------------------ repeated, early and needless messages


def test_message_of_an_unknown_job_is_ignored(deployment: SimulatedDeployment) -> None:
    deployment.stitcher.process("demo", "01KGA999999999999999999999")


def test_second_message_for_a_running_job_is_ignored(deployment: SimulatedDeployment) -> None:
    job = deployment.process(deployment.accept())
    assert deployment.process(job) == job


@pytest.mark.parametrize("end", ["completed", "cancelled", "denied"])
def test_message_for_an_ended_job_is_ignored(deployment: SimulatedDeployment, end: str) -> None:
    job = deployment.accept(requested_capabilities=("code:write",) if end == "denied" else ())
    if end == "cancelled":
        deployment.control.cancel("demo", job.id, "token:eve")
    deployment.run_until(deployment.is_idle)
    job = deployment.reload(job)
    assert deployment.process(job) == job


@pytest.mark.parametrize(("early", "released"), [(3, False), (2, True), (0, True), (-60, True)])
def test_delayed_job_is_released_slightly_early(
    deployment: SimulatedDeployment, early: int, released: bool
) -> None:
    job = deployment.accept(run_at=deployment.clock() + timedelta(minutes=10))
    deployment.clock.forward(600 - early)
    assert (deployment.process(job).status is JobStatus.RUNNING) == released


def test_stale_stitcher_dispatches_nothing() -> None:
    """Two messages for one job: another stitcher saves while this one decides."""
    meanwhile = ConcurrentChange("FakeAccess.workspace")
    deployment = SimulatedDeployment(meanwhile)
    job = deployment.accept()
    meanwhile.act = lambda: deployment.jobs.save(lifecycle.change(job, deployment.clock(), "rival"))
    with pytest.raises(StaleJob):
        deployment.process(job)
    assert deployment.gateway.model_calls == []


# ------------------------------------------------------------------ after a crash


@pytest.mark.parametrize("moment", ["before", "after"])
def test_abandoned_dispatch_is_sent_once(moment: str) -> None:
    counted = CrashInjector()
    plain = SimulatedDeployment(counted)
    plain.process(plain.accept())
    call = counted.calls.index("FakeGateway.add") + 1
    deployment = SimulatedDeployment(CrashInjector(call, "before" if moment == "before" else "after"))
    job = deployment.accept()
    with pytest.raises(ProcessKilled):
        deployment.process(job)
    ordered = deployment.reload(job)
    assert (ordered.phase, ordered.dispatch and ordered.dispatch.scheduled_run_id) == (Phase.SETUP, None)
    deployment.run_until(deployment.is_idle)
    assert deployment.reload(job).status is JobStatus.COMPLETED
    assert len(deployment.gateway.model_calls) == 1


def test_dispatch_in_progress_is_not_repeated(deployment: SimulatedDeployment) -> None:
    counted = CrashInjector()
    plain = SimulatedDeployment(counted)
    plain.process(plain.accept())
    deployment = SimulatedDeployment(CrashInjector(counted.calls.index("FakeGateway.add") + 1, "before"))
    job = deployment.accept()
    with pytest.raises(ProcessKilled):
        deployment.process(job)
    deployment.clock.forward(80)
    ordered = deployment.reload(job)
    assert deployment.process(job) == ordered


def test_step_of_a_crashed_stitcher_is_ended(deployment: SimulatedDeployment) -> None:
    job = deployment.accept(instructions="SLEEP=600")
    deployment.run(10)
    deployment.control.cancel("demo", job.id, "token:eve")
    deployment.run_until(deployment.is_idle)
    assert all(step.status is not StepStatus.RUNNING for step in deployment.reload(job).steps)
