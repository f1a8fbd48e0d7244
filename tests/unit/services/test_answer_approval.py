"""Jobs that need an approval, and the later jobs that a standing approval covers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mosaic.access.errors import TooManyApprovals
from mosaic.access.model import Grant, Workspace
from mosaic.access.standing_approvals import MAX_STANDING
from mosaic.jobs.approval import Answer
from mosaic.jobs.errors import IllegalTransition, JobNotFound, OwnApproval
from mosaic.jobs.model import Job
from mosaic.jobs.states import Decision, JobStatus, Waiting
from mosaic.jobs.value_objects import Source, StandingApproval
from tests.fakes import samples
from tests.fakes.crash_injector import ConcurrentChange, ProcessKilled
from tests.fakes.simulated_deployment import SimulatedDeployment

WEEK = timedelta(days=7)


def job_waiting_for_approval(
    deployment: SimulatedDeployment, *capabilities: str, by: str = "token:ada", **fields: Any
) -> Job:
    """Returns a weaver's job on acme/shop that requests these capabilities, processed as far as possible."""
    usual: dict[str, Any] = {
        "profile": "weaver",
        "repository": "acme/shop",
        "source": Source(kind="api", actor=by),
        "requested_capabilities": capabilities or ("git:push",),
    }
    return deployment.process(deployment.accept(**{**usual, **fields}))


def answer(
    deployment: SimulatedDeployment, job: Job, approved: bool = True, by: str = "token:eve", **scope: Any
) -> Job:
    answer_given = Answer(approved=approved, actor=by, reason=scope.pop("reason", "because"), **scope)
    return deployment.approvals.answer("demo", job.id, answer_given)[0]


def approved_for_a_week(
    deployment: SimulatedDeployment, job: Job, by: str = "token:eve", **scope: Any
) -> Job:
    """Returns the job after an approval for a week."""
    return answer(deployment, job, by=by, until=deployment.clock() + WEEK, **scope)


def configured(deployment: SimulatedDeployment, **settings: Any) -> None:
    known = deployment.access.workspace("demo")
    assert known
    deployment.access.put_workspace(known.model_copy(update=settings))


def standing(deployment: SimulatedDeployment) -> tuple[StandingApproval, ...]:
    known = deployment.access.workspace("demo")
    assert known
    return known.standing_approvals


def waits(job: Job) -> bool:
    return job.waiting is Waiting.APPROVAL


def code(job: Job) -> str | None:
    return job.error.code if job.error else None


# ------------------------------------------------------------------ this job


def test_unknown_or_foreign_job_is_not_found(
    deployment: SimulatedDeployment,
) -> None:
    foreign = samples.job(workspace_id="acme")
    deployment.jobs.add(foreign)
    with pytest.raises(JobNotFound):
        answer(deployment, foreign)


def test_approved_job_runs_with_its_capabilities(deployment: SimulatedDeployment) -> None:
    job = job_waiting_for_approval(deployment)
    assert waits(job)
    assert answer(deployment, job).status is JobStatus.QUEUED
    deployment.run_until(deployment.is_idle)
    ended = deployment.reload(job)
    assert ended.status is JobStatus.COMPLETED
    assert ended.guard
    assert "git:push" in ended.guard.capabilities
    assert ended.guard.standing == ()


def test_denied_job_fails_and_never_runs(deployment: SimulatedDeployment) -> None:
    denied = answer(deployment, job_waiting_for_approval(deployment), approved=False)
    assert (denied.status, code(denied)) == (JobStatus.FAILED, "approval_denied")
    deployment.run_until(deployment.is_idle)
    assert deployment.gateway.model_calls == []


def test_repeated_answer_changes_nothing(deployment: SimulatedDeployment) -> None:
    job = job_waiting_for_approval(deployment)
    answer_given = Answer(approved=True, actor="token:eve", reason="go", until=deployment.clock() + WEEK)
    first, changed = deployment.approvals.answer("demo", job.id, answer_given)
    workspace = deployment.access.workspace("demo")
    deployment.clock.forward(60)
    assert deployment.approvals.answer("demo", job.id, answer_given) == (first, False)
    assert changed
    assert deployment.access.workspace("demo") == workspace
    with pytest.raises(IllegalTransition):
        answer(deployment, job, reason="another")


@pytest.mark.parametrize(
    ("settings", "by", "may"),
    [
        ({}, "token:ada", False),
        ({}, "github:ada", True),
        ({"people": {"ada": ("token:ada", "github:ada")}}, "github:ada", False),
        ({"people": {"ada": ("token:ada", "github:ada")}, "self_approval": True}, "github:ada", True),
        ({"self_approval": True}, "token:ada", True),
    ],
)
def test_requester_approves_only_if_workspace_allows(
    deployment: SimulatedDeployment, settings: dict[str, Any], by: str, may: bool
) -> None:
    configured(deployment, **settings)
    job = job_waiting_for_approval(deployment)
    if may:
        assert answer(deployment, job, by=by).status is JobStatus.QUEUED
        return
    with pytest.raises(OwnApproval):
        approved_for_a_week(deployment, job, by=by)
    assert deployment.reload(job) == job
    assert standing(deployment) == ()


@pytest.mark.parametrize("instructions", [None, "Mine"])
def test_retry_needs_approval_by_another_person(
    deployment: SimulatedDeployment, instructions: str | None
) -> None:
    job = job_waiting_for_approval(deployment)
    answer(deployment, job, approved=False)
    deployment.control.retry("demo", job.id, "token:bob", instructions, role="member")
    again = deployment.process(job)
    assert (again.attempt, waits(again)) == (2, True)
    for requester in ("token:ada", "token:bob"):
        with pytest.raises(OwnApproval):
            answer(deployment, again, by=requester)
    assert answer(deployment, again, by="token:eve").status is JobStatus.QUEUED


def test_approval_is_for_one_attempt(deployment: SimulatedDeployment) -> None:
    job = answer(deployment, job_waiting_for_approval(deployment))
    deployment.control.cancel("demo", job.id, "token:ada")
    deployment.control.retry("demo", job.id, "token:ada", role="member")
    again = deployment.process(job)
    assert waits(again)
    assert again.approval is None


# ------------------------------------------------------------------ time


def test_job_is_denied_after_the_approval_timeout(deployment: SimulatedDeployment) -> None:
    configured(deployment, approval_timeout_seconds=3600)
    job = job_waiting_for_approval(deployment)
    assert job.expires_at == deployment.clock() + timedelta(hours=1)
    deployment.run(3500)
    assert waits(deployment.reload(job))
    deployment.run(300)
    ended = deployment.reload(job)
    assert (ended.status, code(ended)) == (JobStatus.FAILED, "approval_expired")
    last = [
        event for event in deployment.events.page("demo", job.id, None, 100) if event.version == ended.version
    ]
    assert [event.type for event in last] == ["job.denied", "job.failed"]
    assert last[0].actor == "stitcher"
    assert deployment.gateway.model_calls == []


def test_default_approval_timeout_is_three_days(deployment: SimulatedDeployment) -> None:
    assert job_waiting_for_approval(deployment).expires_at == deployment.clock() + timedelta(days=3)


# ------------------------------------------------------------------ later jobs


def test_standing_approval_admits_later_jobs(deployment: SimulatedDeployment) -> None:
    approved_for_a_week(deployment, job_waiting_for_approval(deployment), reason="release week")
    later = job_waiting_for_approval(deployment, by="token:bob", repository="Acme/Shop")
    assert later.guard
    assert later.guard.decision is Decision.ALLOW
    (named,) = later.guard.standing
    assert (named.capability, named.approved_by, named.reason) == ("git:push", "token:eve", "release week")
    assert named.until == deployment.clock() + WEEK


@pytest.mark.parametrize(
    "fields",
    [
        {"repository": "acme/bank"},
        {"repository": None},
        {"profile": "inspector", "requested_capabilities": ("shell:execute",)},
        {"requested_capabilities": ("git:push", "net:egress")},
        {"by": "token:eve"},
    ],
    ids=str,
)
def test_other_jobs_still_need_approval(deployment: SimulatedDeployment, fields: dict[str, Any]) -> None:
    approved_for_a_week(deployment, job_waiting_for_approval(deployment))
    assert waits(job_waiting_for_approval(deployment, **fields))


def test_only_named_capabilities_are_approved(deployment: SimulatedDeployment) -> None:
    approved_for_a_week(
        deployment, job_waiting_for_approval(deployment, "git:push", "pr:create"), capabilities=("pr:create",)
    )
    assert waits(job_waiting_for_approval(deployment, "git:push"))
    assert not waits(job_waiting_for_approval(deployment, "pr:create"))


def test_standing_approval_covers_only_reviewed_paths(deployment: SimulatedDeployment) -> None:
    approved_for_a_week(deployment, job_waiting_for_approval(deployment))
    assert not waits(job_waiting_for_approval(deployment))
    assert waits(job_waiting_for_approval(deployment, branch="main"))
    approved_for_a_week(deployment, job_waiting_for_approval(deployment, branch="main", paths=("docs/",)))
    assert not waits(job_waiting_for_approval(deployment, branch="main", paths=("docs/index.md",)))
    assert waits(job_waiting_for_approval(deployment, branch="main", paths=("src/",)))
    assert waits(job_waiting_for_approval(deployment, branch="main"))


def test_standing_approval_expires(deployment: SimulatedDeployment) -> None:
    approved_for_a_week(deployment, job_waiting_for_approval(deployment))
    deployment.clock.forward(WEEK.total_seconds() - 1)
    assert not waits(job_waiting_for_approval(deployment, by="token:bob"))
    deployment.clock.forward(1)
    assert waits(job_waiting_for_approval(deployment, by="token:bob"))


def test_withdrawn_approval_is_requested_again(deployment: SimulatedDeployment) -> None:
    approved_for_a_week(deployment, job_waiting_for_approval(deployment))
    configured(deployment, standing_approvals=())
    assert waits(job_waiting_for_approval(deployment))


def test_standing_approval_does_not_replace_a_grant(deployment: SimulatedDeployment) -> None:
    configured(deployment, grants=(Grant(profile="weaver", capability="pr:merge"),))
    approved_for_a_week(deployment, job_waiting_for_approval(deployment, "pr:merge"))
    assert not waits(job_waiting_for_approval(deployment, "pr:merge"))
    configured(deployment, grants=())
    denied = job_waiting_for_approval(deployment, "pr:merge")
    assert (denied.status, code(denied)) == (JobStatus.FAILED, "denied")


def test_too_many_approvals_keep_the_job_waiting(deployment: SimulatedDeployment) -> None:
    job = job_waiting_for_approval(deployment)
    one = StandingApproval(
        profile="weaver",
        capability="git:push",
        repository="acme/bank",
        until=deployment.clock() + WEEK,
        approved_by="token:eve",
        approved_at=deployment.clock(),
        reason="because",
        job_id=job.id,
    )
    full = tuple(one.model_copy(update={"approved_by": f"token:{n}"}) for n in range(MAX_STANDING))
    configured(deployment, standing_approvals=full)
    with pytest.raises(TooManyApprovals):
        approved_for_a_week(deployment, job)
    assert deployment.reload(job) == job
    assert answer(deployment, job).status is JobStatus.QUEUED


# ------------------------------------------------------------------ concurrent changes


def test_grant_withdrawn_after_approval_counts(deployment: SimulatedDeployment) -> None:
    configured(deployment, grants=(Grant(profile="weaver", capability="pr:merge"),))
    job = answer(deployment, job_waiting_for_approval(deployment, "pr:merge"))
    configured(deployment, grants=())
    denied = deployment.process(job)
    assert (denied.status, code(denied)) == (JobStatus.FAILED, "denied")


FORBID = """
@id("freeze") @reason("the release is frozen")
forbid (principal, action == Mosaic::Action::"git:push", resource);
"""


@pytest.mark.parametrize("stands", [False, True])
def test_new_forbid_overrules_an_approval(deployment: SimulatedDeployment, stands: bool) -> None:
    job = (approved_for_a_week if stands else answer)(deployment, job_waiting_for_approval(deployment))
    configured(deployment, policies=FORBID)
    denied = deployment.process(job)
    assert (denied.status, code(denied)) == (JobStatus.FAILED, "denied")
    assert denied.error
    assert "freeze" in denied.error.title
    later = job_waiting_for_approval(deployment, by="token:bob")
    assert (later.status, code(later)) == (JobStatus.FAILED, "denied")
    assert later.guard
    assert later.guard.standing == ()
    deployment.run_until(deployment.is_idle)
    assert deployment.gateway.model_calls == []


def test_withdrawn_approval_is_requested_with_the_rest(
    deployment: SimulatedDeployment,
) -> None:
    approved_for_a_week(deployment, job_waiting_for_approval(deployment))
    job = job_waiting_for_approval(deployment, "git:push", "pr:create", by="token:bob")
    assert job.guard
    assert job.guard.refused == ("pr:create",)
    configured(deployment, standing_approvals=())
    answer(deployment, job)
    again = deployment.process(job)
    assert waits(again)
    assert again.guard
    assert (again.guard.refused, again.approval) == (("git:push", "pr:create"), None)
    answer(deployment, again)
    deployment.run_until(deployment.is_idle)
    assert deployment.reload(job).status is JobStatus.COMPLETED


@pytest.mark.parametrize("ends", ["deny", "cancel"])
def test_late_answer_withdraws_its_standing_approval(ends: str) -> None:
    meanwhile = ConcurrentChange("FakeJobs.save")
    deployment = SimulatedDeployment(meanwhile)
    job = job_waiting_for_approval(deployment)
    seen = deployment.access.workspace("demo")

    def rival() -> None:
        assert standing(deployment), "what stands is written before the job is approved"
        if ends == "deny":
            answer(deployment, job, approved=False, by="token:zoe")
        else:
            deployment.control.cancel("demo", job.id, "token:zoe")

    meanwhile.act = rival
    with pytest.raises(IllegalTransition):
        approved_for_a_week(deployment, job)
    assert standing(deployment) == ()
    assert seen
    assert deployment.access.workspace("demo") == seen.model_copy(update={"version": seen.version + 2})


def test_repeated_answer_to_cancelled_job_is_withdrawn() -> None:
    meanwhile = ConcurrentChange("FakeJobs.save")
    deployment = SimulatedDeployment(meanwhile)
    job = job_waiting_for_approval(deployment)
    answer_given = Answer(approved=True, actor="token:eve", reason="go", until=deployment.clock() + WEEK)

    def die() -> None:
        raise ProcessKilled("api")

    meanwhile.act = die
    with pytest.raises(ProcessKilled):
        deployment.approvals.answer("demo", job.id, answer_given)
    assert standing(deployment)
    deployment.control.cancel("demo", job.id, "token:zoe")
    deployment.pass_time(2)
    with pytest.raises(IllegalTransition):
        deployment.approvals.answer("demo", job.id, answer_given)
    assert standing(deployment) == ()


def test_late_answer_restores_the_earlier_approval() -> None:
    meanwhile = ConcurrentChange("FakeJobs.save")
    deployment = SimulatedDeployment(meanwhile)
    first, second = job_waiting_for_approval(deployment), job_waiting_for_approval(deployment, by="token:bob")
    approved_for_a_week(deployment, first)
    stood = standing(deployment)
    meanwhile.act = lambda: deployment.control.cancel("demo", second.id, "token:zoe")
    with pytest.raises(IllegalTransition):
        answer(deployment, second, until=deployment.clock() + WEEK / 2)
    assert standing(deployment) == stood


def test_concurrent_workspace_change_is_kept() -> None:
    meanwhile = ConcurrentChange("FakeAccess.configure")
    deployment = SimulatedDeployment(meanwhile)
    job = job_waiting_for_approval(deployment)
    meanwhile.act = lambda: deployment.access.configure(
        Workspace(id="demo"), Workspace(id="demo", version=1, name="Renamed")
    )
    assert approved_for_a_week(deployment, job).status is JobStatus.QUEUED
    known = deployment.access.workspace("demo")
    assert known
    assert (known.name, len(known.standing_approvals), known.version) == ("Renamed", 1, 2)
