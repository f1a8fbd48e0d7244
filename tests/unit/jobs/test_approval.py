"""A job that waits for a person's yes: what is asked, who may answer, and what the answer comes to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic.jobs import approval, lifecycle
from mosaic.jobs.approval import MAX_STANDING_PERIOD, Answer
from mosaic.jobs.errors import ApprovalRefused, IllegalTransition, JobProblem, OwnApproval, StaleAttempt
from mosaic.jobs.limits import MAX_STANDING_REASON_BYTES
from mosaic.jobs.model import Draft, Job
from mosaic.jobs.states import Decision, JobStatus, Waiting
from mosaic.jobs.text import size
from mosaic.jobs.value_objects import GuardDecision
from tests.fakes import samples
from tests.fakes.clock import NOON

CAPABILITIES = ("git:push", "pr:create")
ASKED = GuardDecision(decision=Decision.APPROVAL_REQUIRED, refused=CAPABILITIES, policy_set="sha256:0")
HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
EXCLUDED = ("token:ada",)


@pytest.fixture
def waiting(draft: Callable[..., Draft], now: datetime) -> Job:
    job = lifecycle.create(draft(repository="acme/shop"), "01KGA000000000000000000000", now)
    return approval.request_approval(job, ASKED, HOUR, now, "stitcher")


def said(approved: bool = True, actor: str = "token:bob", **fields: Any) -> Answer:
    return Answer(approved=approved, actor=actor, reason=fields.pop("reason", "looks right"), **fields)


def test_what_is_asked_waits_until_its_time_is_over(waiting: Job, now: datetime) -> None:
    assert (waiting.status, waiting.waiting, waiting.guard) == (
        JobStatus.PENDING,
        Waiting.APPROVAL,
        ASKED,
    )
    assert waiting.due_at == waiting.expires_at == now + HOUR


def test_a_yes_is_to_all_that_was_asked(waiting: Job, now: datetime) -> None:
    job = approval.answer(waiting, said(), now, excluded_approvers=EXCLUDED)
    assert (job.status, job.change.actor, job.change.reason) == (
        JobStatus.QUEUED,
        "token:bob",
        "looks right",
    )
    assert job.approval
    assert (job.approval.approved, job.approval.capabilities) == (True, CAPABILITIES)
    assert (job.approval.scope, job.approval.standing, job.approval.until) == ("job", (), None)
    assert approval.standing_approvals(job) == ()


def test_a_no_fails_the_job_and_may_come_from_who_asked(waiting: Job, now: datetime) -> None:
    for actor in ("token:bob", "token:ada"):
        job = approval.answer(waiting, said(False, actor), now, excluded_approvers=EXCLUDED)
        assert job.error
        assert (job.status, job.error.code) == (JobStatus.FAILED, "approval_denied")
        assert actor in job.error.title


def test_who_asked_does_not_approve(waiting: Job, now: datetime) -> None:
    with pytest.raises(OwnApproval, match="token:ada"):
        approval.answer(waiting, said(actor="token:ada"), now, excluded_approvers=EXCLUDED)
    assert (
        approval.answer(waiting, said(actor="token:ada"), now, excluded_approvers=()).status
        is JobStatus.QUEUED
    )


@pytest.mark.parametrize("late", [0, 1, 3600])
@pytest.mark.parametrize("approved", [True, False])
def test_nobody_answers_when_the_time_is_over(waiting: Job, now: datetime, late: int, approved: bool) -> None:
    with pytest.raises(IllegalTransition, match="past its approval deadline"):
        approval.answer(
            waiting, said(approved), now + HOUR + timedelta(seconds=late), excluded_approvers=EXCLUDED
        )


def test_silence_denies(waiting: Job, now: datetime) -> None:
    job = approval.expire(waiting, now + HOUR, "stitcher")
    assert job.error
    assert (job.status, job.error.code) == (JobStatus.FAILED, "approval_expired")
    assert job.approval
    assert (job.approval.approved, job.approval.actor) == (False, "stitcher")


def test_a_job_that_does_not_wait_is_not_answered(queued: Job, now: datetime) -> None:
    with pytest.raises(IllegalTransition, match="QUEUED and not waiting"):
        approval.answer(queued, said(), now, excluded_approvers=())


def test_an_answer_to_another_attempt_is_to_none(waiting: Job, now: datetime) -> None:
    with pytest.raises(StaleAttempt):
        approval.answer(waiting, said(attempt=2), now, excluded_approvers=())
    assert approval.answer(waiting, said(attempt=1), now, excluded_approvers=()).status is JobStatus.QUEUED


SAME: list[dict[str, Any]] = [{}, {"until": NOON + WEEK}, {"approved": False}]
OTHER: list[dict[str, Any]] = [
    {"actor": "token:eve"},
    {"reason": "another"},
    {"until": NOON + WEEK + HOUR},
    {"until": NOON + WEEK, "capabilities": ("git:push",)},
]


@pytest.mark.parametrize("again", SAME, ids=str)
def test_the_same_answer_again_changes_nothing(waiting: Job, now: datetime, again: dict[str, Any]) -> None:
    known = now if "until" not in again else NOON
    first = approval.answer(
        waiting.evolve(expires_at=known + HOUR), said(**again), known, excluded_approvers=EXCLUDED
    )
    assert approval.answer(first, said(**again), known + 2 * HOUR, excluded_approvers=EXCLUDED) is first


@pytest.mark.parametrize("other", OTHER, ids=str)
@pytest.mark.parametrize("first", SAME, ids=str)
def test_another_answer_is_refused(waiting: Job, first: dict[str, Any], other: dict[str, Any]) -> None:
    job = approval.answer(
        waiting.evolve(expires_at=NOON + HOUR), said(**first), NOON, excluded_approvers=EXCLUDED
    )
    with pytest.raises(IllegalTransition, match="not waiting"):
        approval.answer(job, said(**other), NOON, excluded_approvers=EXCLUDED)


def test_naming_all_that_was_asked_is_naming_nothing(waiting: Job) -> None:
    until = NOON + WEEK
    job = approval.answer(
        waiting.evolve(expires_at=NOON + HOUR),
        said(until=until, capabilities=CAPABILITIES),
        NOON,
        excluded_approvers=(),
    )
    assert approval.answer(job, said(until=until), NOON, excluded_approvers=()) is job


def test_what_stands_is_what_was_asked_for_the_profile_on_the_repository(waiting: Job, now: datetime) -> None:
    long = "because " * 100
    job = approval.answer(waiting, said(until=now + WEEK, reason=long), now, excluded_approvers=EXCLUDED)
    first, second = approval.standing_approvals(job)
    assert (first.capability, second.capability) == CAPABILITIES
    assert (first.profile, first.repository, first.until) == ("weaver", "acme/shop", now + WEEK)
    assert (first.approved_by, first.approved_at, first.job_id) == ("token:bob", now, job.id)
    assert size(first.reason) <= MAX_STANDING_REASON_BYTES
    assert job.approval
    assert job.approval.reason == long


def test_a_part_of_it_may_stand_while_the_job_gets_all(waiting: Job, now: datetime) -> None:
    job = approval.answer(
        waiting, said(until=now + WEEK, capabilities=("pr:create",)), now, excluded_approvers=EXCLUDED
    )
    assert job.approval
    assert (job.approval.capabilities, job.approval.standing) == (CAPABILITIES, ("pr:create",))
    assert [one.capability for one in approval.standing_approvals(job)] == ["pr:create"]


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no time": ({"until": timedelta(0)}, "until"),
    "past": ({"until": -HOUR}, "until"),
    "too long": ({"until": MAX_STANDING_PERIOD + timedelta(milliseconds=1)}, "until"),
    "not asked for": ({"until": WEEK, "capabilities": ("pr:merge",)}, "capabilities"),
    "not asked for beside": ({"until": WEEK, "capabilities": ("git:push", "pr:merge")}, "capabilities"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_stand_is_refused_and_names_the_field(waiting: Job, now: datetime, wrong: str) -> None:
    fields, field = WRONG[wrong]
    with pytest.raises(ApprovalRefused) as refusal:
        approval.answer(
            waiting, said(**{**fields, "until": now + fields["until"]}), now, excluded_approvers=EXCLUDED
        )
    assert refusal.value.field == field


def test_nothing_stands_for_a_job_without_a_repository(waiting: Job, now: datetime) -> None:
    with pytest.raises(ApprovalRefused, match="the job has none"):
        approval.answer(
            waiting.evolve(repository=None), said(until=now + WEEK), now, excluded_approvers=EXCLUDED
        )


def test_the_longest_is_still_allowed(waiting: Job, now: datetime) -> None:
    job = approval.answer(waiting, said(until=now + MAX_STANDING_PERIOD), now, excluded_approvers=EXCLUDED)
    assert job.status is JobStatus.QUEUED


def test_asking_again_forgets_what_was_answered_before(waiting: Job, now: datetime) -> None:
    approved = approval.answer(waiting, said(), now, excluded_approvers=EXCLUDED)
    again = approval.request_approval(approved, ASKED, HOUR, now, "stitcher")
    assert again.approval is None


def test_what_was_stored_before_approvals_could_stand_is_for_its_job_alone(
    waiting: Job, now: datetime
) -> None:
    stored = approval.answer(waiting, said(), now, excluded_approvers=EXCLUDED).model_dump(
        mode="json", by_alias=True
    )
    for name in ("scope", "standing", "until"):
        del stored["approval"][name]
    del stored["guard"]["standing"], stored["instructionsBy"]
    job = Job.model_validate(stored)
    assert job.approval
    assert (job.approval.scope, approval.standing_approvals(job)) == ("job", ())
    assert approval.answer(job, said(), now, excluded_approvers=EXCLUDED) is job


def spans(least: timedelta, most: timedelta) -> st.SearchStrategy[timedelta]:
    """In whole milliseconds, as all times are kept."""
    unit = timedelta(milliseconds=1)
    return st.integers(least // unit, most // unit).map(lambda count: count * unit)


@given(
    approved=st.booleans(),
    actor=st.sampled_from(["token:ada", "token:bob"]),
    until=st.none() | spans(-WEEK, MAX_STANDING_PERIOD + WEEK),
    capabilities=st.lists(st.sampled_from([*CAPABILITIES, "pr:merge"]), unique=True).map(tuple),
    attempt=st.sampled_from([None, 1, 2]),
    late=spans(timedelta(0), 2 * HOUR),
    repository=st.sampled_from([None, "acme/shop"]),
)
def test_whatever_is_answered_nothing_is_approved_that_was_not_asked(
    approved: bool,
    actor: str,
    until: timedelta | None,
    capabilities: tuple[str, ...],
    attempt: int | None,
    late: timedelta,
    repository: str | None,
) -> None:
    asked = approval.request_approval(samples.job(repository=repository), ASKED, HOUR, NOON, "stitcher")
    now = NOON + late
    answer = Answer(
        approved=approved,
        actor=actor,
        reason="x",
        attempt=attempt,
        until=now + until if until is not None else None,
        capabilities=capabilities,
    )
    try:
        job = approval.answer(asked, answer, now, excluded_approvers=asked.requesters)
    except JobProblem:
        return
    assert late < HOUR
    assert attempt in (None, 1)
    assert job.status is (JobStatus.QUEUED if approved else JobStatus.FAILED)
    assert not (approved and actor == "token:ada")
    stands = approval.standing_approvals(job)
    assert {one.capability for one in stands} <= set(CAPABILITIES)
    assert all(now < one.until <= now + MAX_STANDING_PERIOD for one in stands)
    assert bool(stands) <= (approved and until is not None and repository is not None)
    assert Job.model_validate_json(job.model_dump_json(by_alias=True, exclude_none=True)) == job
