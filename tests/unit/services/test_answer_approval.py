"""What becomes of a job that needs a person's yes, and of the jobs that come after it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mosaic.access.errors import TooManyApprovals
from mosaic.access.model import Grant, Workspace
from mosaic.access.standing import MAX_STANDING
from mosaic.jobs.approval import Answer
from mosaic.jobs.errors import IllegalTransition, JobNotFound, OwnApproval
from mosaic.jobs.model import Job
from mosaic.jobs.states import Decision, JobStatus, Waiting
from mosaic.jobs.value_objects import Source, StandingApproval
from tests.fakes import samples
from tests.fakes.crash_injector import Meanwhile, ProcessKilled
from tests.fakes.simulated_deployment import World

WEEK = timedelta(days=7)


def asking(world: World, *capabilities: str, by: str = "token:ada", **fields: Any) -> Job:
    """A weaver's job on acme/shop that somebody asks these for, as far as it gets by itself."""
    usual: dict[str, Any] = {
        "profile": "weaver",
        "repository": "acme/shop",
        "source": Source(kind="api", actor=by),
        "requested_capabilities": capabilities or ("git:push",),
    }
    return world.attend(world.accept(**{**usual, **fields}))


def answer(world: World, job: Job, approved: bool = True, by: str = "token:eve", **scope: Any) -> Job:
    said = Answer(approved=approved, actor=by, reason=scope.pop("reason", "because"), **scope)
    return world.approvals.answer("demo", job.id, said)[0]


def lasting(world: World, job: Job, by: str = "token:eve", **scope: Any) -> Job:
    """The job after it was approved for a week."""
    return answer(world, job, by=by, until=world.clock() + WEEK, **scope)


def configured(world: World, **settings: Any) -> None:
    known = world.access.workspace("demo")
    assert known
    world.access.put_workspace(known.model_copy(update=settings))


def standing(world: World) -> tuple[StandingApproval, ...]:
    known = world.access.workspace("demo")
    assert known
    return known.standing_approvals


def waits(job: Job) -> bool:
    return job.waiting is Waiting.APPROVAL


def code(job: Job) -> str | None:
    return job.error.code if job.error else None


# ------------------------------------------------------------------ this job


def test_a_job_that_there_is_not_or_of_another_workspace_is_not_found(world: World) -> None:
    foreign = samples.job(workspace_id="acme")
    world.jobs.add(foreign)
    with pytest.raises(JobNotFound):
        answer(world, foreign)


def test_an_approved_job_runs_with_what_was_asked_for(world: World) -> None:
    job = asking(world)
    assert waits(job)
    assert answer(world, job).status is JobStatus.QUEUED
    world.until(world.at_rest)
    ended = world.again(job)
    assert ended.status is JobStatus.COMPLETED
    assert ended.guard
    assert "git:push" in ended.guard.capabilities
    assert ended.guard.standing == ()


def test_a_denied_job_fails_and_never_runs(world: World) -> None:
    denied = answer(world, asking(world), approved=False)
    assert (denied.status, code(denied)) == (JobStatus.FAILED, "approval_denied")
    world.until(world.at_rest)
    assert world.gateway.model_calls == []


def test_the_same_answer_again_changes_nothing_at_all(world: World) -> None:
    job = asking(world)
    said = Answer(approved=True, actor="token:eve", reason="go", until=world.clock() + WEEK)
    first, changed = world.approvals.answer("demo", job.id, said)
    workspace = world.access.workspace("demo")
    world.clock.forward(60)
    assert world.approvals.answer("demo", job.id, said) == (first, False)
    assert changed
    assert world.access.workspace("demo") == workspace
    with pytest.raises(IllegalTransition):
        answer(world, job, reason="another")


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
def test_who_asked_does_not_approve_unless_the_workspace_says_so(
    world: World, settings: dict[str, Any], by: str, may: bool
) -> None:
    configured(world, **settings)
    job = asking(world)
    if may:
        assert answer(world, job, by=by).status is JobStatus.QUEUED
        return
    with pytest.raises(OwnApproval):
        lasting(world, job, by=by)
    assert world.again(job) == job
    assert standing(world) == ()


@pytest.mark.parametrize(
    ("instructions", "may"),
    [(None, {"token:bob", "token:eve"}), ("Mine", {"token:eve"})],
)
def test_a_retry_asks_again_and_only_changed_instructions_make_it_ones_own(
    world: World, instructions: str | None, may: set[str]
) -> None:
    job = asking(world)
    answer(world, job, approved=False)
    world.control.retry("demo", job.id, "token:bob", instructions)
    again = world.attend(job)
    assert (again.attempt, waits(again)) == (2, True)
    for actor in ("token:ada", "token:bob"):
        if actor not in may:
            with pytest.raises(OwnApproval):
                answer(world, again, by=actor)
    assert answer(world, again, by=min(may)).status is JobStatus.QUEUED


def test_an_approval_is_for_one_attempt(world: World) -> None:
    job = answer(world, asking(world))
    world.control.cancel("demo", job.id, "token:ada")
    world.control.retry("demo", job.id, "token:ada")
    again = world.attend(job)
    assert waits(again)
    assert again.approval is None


# ------------------------------------------------------------------ time


def test_a_job_is_denied_when_the_workspaces_time_is_over(world: World) -> None:
    configured(world, approval_timeout_seconds=3600)
    job = asking(world)
    assert job.expires_at == world.clock() + timedelta(hours=1)
    world.run(3500)
    assert waits(world.again(job))
    world.run(300)
    ended = world.again(job)
    assert (ended.status, code(ended)) == (JobStatus.FAILED, "approval_expired")
    last = [event for event in world.events.page("demo", job.id, None, 100) if event.version == ended.version]
    assert [event.type for event in last] == ["job.denied", "job.failed"]
    assert last[0].actor == "stitcher"
    assert world.gateway.model_calls == []


def test_a_job_waits_three_days_unless_the_workspace_says_otherwise(world: World) -> None:
    assert asking(world).expires_at == world.clock() + timedelta(days=3)


# ------------------------------------------------------------------ later jobs


def test_what_stands_lets_later_jobs_through_and_is_named_there(world: World) -> None:
    lasting(world, asking(world), reason="release week")
    later = asking(world, by="token:bob", repository="Acme/Shop")
    assert later.guard
    assert later.guard.decision is Decision.ALLOW
    (named,) = later.guard.standing
    assert (named.capability, named.approved_by, named.reason) == ("git:push", "token:eve", "release week")
    assert named.until == world.clock() + WEEK


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
def test_what_does_not_stand_is_asked_for(world: World, fields: dict[str, Any]) -> None:
    lasting(world, asking(world))
    assert waits(asking(world, **fields))


def test_only_what_is_named_stands(world: World) -> None:
    lasting(world, asking(world, "git:push", "pr:create"), capabilities=("pr:create",))
    assert waits(asking(world, "git:push"))
    assert not waits(asking(world, "pr:create"))


def test_what_stands_is_no_wider_than_what_was_looked_at(world: World) -> None:
    lasting(world, asking(world))
    assert not waits(asking(world))
    assert waits(asking(world, branch="main"))
    lasting(world, asking(world, branch="main", paths=("docs/",)))
    assert not waits(asking(world, branch="main", paths=("docs/index.md",)))
    assert waits(asking(world, branch="main", paths=("src/",)))
    assert waits(asking(world, branch="main"))


def test_what_stands_ends_with_its_time(world: World) -> None:
    lasting(world, asking(world))
    world.clock.forward(WEEK.total_seconds() - 1)
    assert not waits(asking(world, by="token:bob"))
    world.clock.forward(1)
    assert waits(asking(world, by="token:bob"))


def test_what_was_withdrawn_is_asked_for_again(world: World) -> None:
    lasting(world, asking(world))
    configured(world, standing_approvals=())
    assert waits(asking(world))


def test_a_grant_that_is_needed_beside_the_approval_is_needed_still(world: World) -> None:
    configured(world, grants=(Grant(profile="weaver", capability="pr:merge"),))
    lasting(world, asking(world, "pr:merge"))
    assert not waits(asking(world, "pr:merge"))
    configured(world, grants=())
    denied = asking(world, "pr:merge")
    assert (denied.status, code(denied)) == (JobStatus.FAILED, "denied")


def test_a_full_workspace_takes_no_more_and_the_job_still_waits(world: World) -> None:
    job = asking(world)
    one = StandingApproval(
        profile="weaver",
        capability="git:push",
        repository="acme/bank",
        until=world.clock() + WEEK,
        approved_by="token:eve",
        approved_at=world.clock(),
        reason="because",
        job_id=job.id,
    )
    full = tuple(one.model_copy(update={"approved_by": f"token:{n}"}) for n in range(MAX_STANDING))
    configured(world, standing_approvals=full)
    with pytest.raises(TooManyApprovals):
        lasting(world, job)
    assert world.again(job) == job
    assert answer(world, job).status is JobStatus.QUEUED


# ------------------------------------------------------------------ what changes meanwhile


def test_a_grant_withdrawn_after_the_approval_counts(world: World) -> None:
    configured(world, grants=(Grant(profile="weaver", capability="pr:merge"),))
    job = answer(world, asking(world, "pr:merge"))
    configured(world, grants=())
    denied = world.attend(job)
    assert (denied.status, code(denied)) == (JobStatus.FAILED, "denied")


FORBID = """
@id("freeze") @reason("the release is frozen")
forbid (principal, action == Mosaic::Action::"git:push", resource);
"""


@pytest.mark.parametrize("stands", [False, True])
def test_an_approval_does_not_outlive_a_new_forbid(world: World, stands: bool) -> None:
    job = (lasting if stands else answer)(world, asking(world))
    configured(world, policies=FORBID)
    denied = world.attend(job)
    assert (denied.status, code(denied)) == (JobStatus.FAILED, "denied")
    assert denied.error
    assert "freeze" in denied.error.title
    later = asking(world, by="token:bob")
    assert (later.status, code(later)) == (JobStatus.FAILED, "denied")
    assert later.guard
    assert later.guard.standing == ()
    world.until(world.at_rest)
    assert world.gateway.model_calls == []


def test_what_was_withdrawn_while_a_job_waited_is_asked_for_with_all_the_rest(world: World) -> None:
    lasting(world, asking(world))
    job = asking(world, "git:push", "pr:create", by="token:bob")
    assert job.guard
    assert job.guard.refused == ("pr:create",)
    configured(world, standing_approvals=())
    answer(world, job)
    again = world.attend(job)
    assert waits(again)
    assert again.guard
    assert (again.guard.refused, again.approval) == (("git:push", "pr:create"), None)
    answer(world, again)
    world.until(world.at_rest)
    assert world.again(job).status is JobStatus.COMPLETED


@pytest.mark.parametrize("ends", ["deny", "cancel"])
def test_what_was_let_stand_for_a_job_that_moved_on_stands_no_more(ends: str) -> None:
    meanwhile = Meanwhile("FakeJobs.save")
    world = World(meanwhile)
    job = asking(world)
    seen = world.access.workspace("demo")

    def rival() -> None:
        assert standing(world), "what stands is written before the job is approved"
        if ends == "deny":
            answer(world, job, approved=False, by="token:zoe")
        else:
            world.control.cancel("demo", job.id, "token:zoe")

    meanwhile.act = rival
    with pytest.raises(IllegalTransition):
        lasting(world, job)
    assert standing(world) == ()
    assert seen
    assert world.access.workspace("demo") == seen.model_copy(update={"version": seen.version + 2})


def test_the_same_answer_after_a_crash_lets_nothing_stand_for_a_job_that_was_cancelled() -> None:
    meanwhile = Meanwhile("FakeJobs.save")
    world = World(meanwhile)
    job = asking(world)
    said = Answer(approved=True, actor="token:eve", reason="go", until=world.clock() + WEEK)

    def die() -> None:
        raise ProcessKilled("api")

    meanwhile.act = die
    with pytest.raises(ProcessKilled):
        world.approvals.answer("demo", job.id, said)
    assert standing(world)
    world.control.cancel("demo", job.id, "token:zoe")
    world.pass_time(2)
    with pytest.raises(IllegalTransition):
        world.approvals.answer("demo", job.id, said)
    assert standing(world) == ()


def test_what_stood_before_an_answer_that_came_too_late_goes_on_standing() -> None:
    meanwhile = Meanwhile("FakeJobs.save")
    world = World(meanwhile)
    first, second = asking(world), asking(world, by="token:bob")
    lasting(world, first)
    stood = standing(world)
    meanwhile.act = lambda: world.control.cancel("demo", second.id, "token:zoe")
    with pytest.raises(IllegalTransition):
        answer(world, second, until=world.clock() + WEEK / 2)
    assert standing(world) == stood


def test_an_admin_who_changes_the_workspace_meanwhile_keeps_their_change() -> None:
    meanwhile = Meanwhile("FakeAccess.configure")
    world = World(meanwhile)
    job = asking(world)
    meanwhile.act = lambda: world.access.configure(
        Workspace(id="demo"), Workspace(id="demo", version=1, name="Renamed")
    )
    assert lasting(world, job).status is JobStatus.QUEUED
    known = world.access.workspace("demo")
    assert known
    assert (known.name, len(known.standing_approvals), known.version) == ("Renamed", 1, 2)
