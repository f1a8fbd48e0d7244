"""Approval of a job: the request, the approver, and the effect of the answer."""

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


def answer_of(approved: bool = True, actor: str = "token:bob", **fields: Any) -> Answer:
    return Answer(approved=approved, actor=actor, reason=fields.pop("reason", "looks right"), **fields)


def test_approval_request_waits_until_deadline(waiting: Job, now: datetime) -> None:
    assert (waiting.status, waiting.waiting, waiting.guard) == (
        JobStatus.PENDING,
        Waiting.APPROVAL,
        ASKED,
    )
    assert waiting.due_at == waiting.expires_at == now + HOUR


def test_approval_covers_all_requested_capabilities(waiting: Job, now: datetime) -> None:
    job = approval.answer(waiting, answer_of(), now, excluded_approvers=EXCLUDED)
    assert (job.status, job.change.actor, job.change.reason) == (
        JobStatus.QUEUED,
        "token:bob",
        "looks right",
    )
    assert job.approval
    assert (job.approval.approved, job.approval.capabilities) == (True, CAPABILITIES)
    assert (job.approval.scope, job.approval.standing, job.approval.until) == ("job", (), None)
    assert approval.standing_approvals(job) == ()


def test_denial_fails_job_even_from_requester(waiting: Job, now: datetime) -> None:
    for actor in ("token:bob", "token:ada"):
        job = approval.answer(waiting, answer_of(False, actor), now, excluded_approvers=EXCLUDED)
        assert job.error
        assert (job.status, job.error.code) == (JobStatus.FAILED, "approval_denied")
        assert actor in job.error.title


def test_requester_cannot_approve(waiting: Job, now: datetime) -> None:
    with pytest.raises(OwnApproval, match="token:ada"):
        approval.answer(waiting, answer_of(actor="token:ada"), now, excluded_approvers=EXCLUDED)
    assert (
        approval.answer(waiting, answer_of(actor="token:ada"), now, excluded_approvers=()).status
        is JobStatus.QUEUED
    )


@pytest.mark.parametrize("late", [0, 1, 3600])
@pytest.mark.parametrize("approved", [True, False])
def test_answer_after_deadline_is_refused(waiting: Job, now: datetime, late: int, approved: bool) -> None:
    with pytest.raises(IllegalTransition, match="past its approval deadline"):
        approval.answer(
            waiting, answer_of(approved), now + HOUR + timedelta(seconds=late), excluded_approvers=EXCLUDED
        )


def test_expired_request_fails_job(waiting: Job, now: datetime) -> None:
    job = approval.expire(waiting, now + HOUR, "stitcher")
    assert job.error
    assert (job.status, job.error.code) == (JobStatus.FAILED, "approval_expired")
    assert job.approval
    assert (job.approval.approved, job.approval.actor) == (False, "stitcher")


def test_job_not_waiting_refuses_answer(queued: Job, now: datetime) -> None:
    with pytest.raises(IllegalTransition, match="QUEUED and not waiting"):
        approval.answer(queued, answer_of(), now, excluded_approvers=())


def test_answer_to_other_attempt_is_refused(waiting: Job, now: datetime) -> None:
    with pytest.raises(StaleAttempt):
        approval.answer(waiting, answer_of(attempt=2), now, excluded_approvers=())
    assert (
        approval.answer(waiting, answer_of(attempt=1), now, excluded_approvers=()).status is JobStatus.QUEUED
    )


SAME: list[dict[str, Any]] = [{}, {"until": NOON + WEEK}, {"approved": False}]
OTHER: list[dict[str, Any]] = [
    {"actor": "token:eve"},
    {"reason": "another"},
    {"until": NOON + WEEK + HOUR},
    {"until": NOON + WEEK, "capabilities": ("git:push",)},
]


@pytest.mark.parametrize("repeated", SAME, ids=str)
def test_repeated_answer_changes_nothing(waiting: Job, now: datetime, repeated: dict[str, Any]) -> None:
    answered_at = now if "until" not in repeated else NOON
    first = approval.answer(
        waiting.evolve(expires_at=answered_at + HOUR),
        answer_of(**repeated),
        answered_at,
        excluded_approvers=EXCLUDED,
    )
    assert (
        approval.answer(first, answer_of(**repeated), answered_at + 2 * HOUR, excluded_approvers=EXCLUDED)
        is first
    )


@pytest.mark.parametrize("other", OTHER, ids=str)
@pytest.mark.parametrize("first", SAME, ids=str)
def test_second_answer_is_refused(waiting: Job, first: dict[str, Any], other: dict[str, Any]) -> None:
    job = approval.answer(
        waiting.evolve(expires_at=NOON + HOUR), answer_of(**first), NOON, excluded_approvers=EXCLUDED
    )
    with pytest.raises(IllegalTransition, match="not waiting"):
        approval.answer(job, answer_of(**other), NOON, excluded_approvers=EXCLUDED)


def test_naming_all_capabilities_equals_naming_none(waiting: Job) -> None:
    until = NOON + WEEK
    job = approval.answer(
        waiting.evolve(expires_at=NOON + HOUR),
        answer_of(until=until, capabilities=CAPABILITIES),
        NOON,
        excluded_approvers=(),
    )
    assert approval.answer(job, answer_of(until=until), NOON, excluded_approvers=()) is job


def test_standing_approval_copies_job_scope(waiting: Job, now: datetime) -> None:
    long = "because " * 100
    job = approval.answer(waiting, answer_of(until=now + WEEK, reason=long), now, excluded_approvers=EXCLUDED)
    first, second = approval.standing_approvals(job)
    assert (first.capability, second.capability) == CAPABILITIES
    assert (first.profile, first.repository, first.until) == ("weaver", "acme/shop", now + WEEK)
    assert (first.approved_by, first.approved_at, first.job_id) == ("token:bob", now, job.id)
    assert size(first.reason) <= MAX_STANDING_REASON_BYTES
    assert job.approval
    assert job.approval.reason == long


def test_standing_approval_may_cover_some_capabilities(waiting: Job, now: datetime) -> None:
    job = approval.answer(
        waiting, answer_of(until=now + WEEK, capabilities=("pr:create",)), now, excluded_approvers=EXCLUDED
    )
    assert job.approval
    assert (job.approval.capabilities, job.approval.standing) == (CAPABILITIES, ("pr:create",))
    assert [standing.capability for standing in approval.standing_approvals(job)] == ["pr:create"]


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no time": ({"until": timedelta(0)}, "until"),
    "past": ({"until": -HOUR}, "until"),
    "too long": ({"until": MAX_STANDING_PERIOD + timedelta(milliseconds=1)}, "until"),
    "not asked for": ({"until": WEEK, "capabilities": ("pr:merge",)}, "capabilities"),
    "not asked for beside": ({"until": WEEK, "capabilities": ("git:push", "pr:merge")}, "capabilities"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_invalid_standing_approval_names_field(waiting: Job, now: datetime, wrong: str) -> None:
    fields, field = WRONG[wrong]
    with pytest.raises(ApprovalRefused) as refusal:
        approval.answer(
            waiting, answer_of(**{**fields, "until": now + fields["until"]}), now, excluded_approvers=EXCLUDED
        )
    assert refusal.value.field == field


def test_job_without_repository_gets_no_standing(waiting: Job, now: datetime) -> None:
    with pytest.raises(ApprovalRefused, match="the job has none"):
        approval.answer(
            waiting.evolve(repository=None), answer_of(until=now + WEEK), now, excluded_approvers=EXCLUDED
        )


def test_longest_standing_period_is_allowed(waiting: Job, now: datetime) -> None:
    job = approval.answer(
        waiting, answer_of(until=now + MAX_STANDING_PERIOD), now, excluded_approvers=EXCLUDED
    )
    assert job.status is JobStatus.QUEUED


def test_new_request_clears_earlier_answer(waiting: Job, now: datetime) -> None:
    approved = approval.answer(waiting, answer_of(), now, excluded_approvers=EXCLUDED)
    repeated = approval.request_approval(approved, ASKED, HOUR, now, "stitcher")
    assert repeated.approval is None


def test_old_stored_approval_covers_its_job_only(waiting: Job, now: datetime) -> None:
    stored = approval.answer(waiting, answer_of(), now, excluded_approvers=EXCLUDED).model_dump(
        mode="json", by_alias=True
    )
    for name in ("scope", "standing", "until"):
        del stored["approval"][name]
    del stored["guard"]["standing"], stored["instructionsBy"]
    job = Job.model_validate(stored)
    assert job.approval
    assert (job.approval.scope, approval.standing_approvals(job)) == ("job", ())
    assert approval.answer(job, answer_of(), now, excluded_approvers=EXCLUDED) is job


def spans(least: timedelta, most: timedelta) -> st.SearchStrategy[timedelta]:
    """Time spans in whole milliseconds, the precision of all times."""
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
def test_answers_approve_requested_capabilities_only(
    approved: bool,
    actor: str,
    until: timedelta | None,
    capabilities: tuple[str, ...],
    attempt: int | None,
    late: timedelta,
    repository: str | None,
) -> None:
    requested = approval.request_approval(samples.job(repository=repository), ASKED, HOUR, NOON, "stitcher")
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
        job = approval.answer(requested, answer, now, excluded_approvers=requested.requesters)
    except JobProblem:
        return
    assert late < HOUR
    assert attempt in (None, 1)
    assert job.status is (JobStatus.QUEUED if approved else JobStatus.FAILED)
    assert not (approved and actor == "token:ada")
    standing_approvals = approval.standing_approvals(job)
    assert {standing.capability for standing in standing_approvals} <= set(CAPABILITIES)
    assert all(now < standing.until <= now + MAX_STANDING_PERIOD for standing in standing_approvals)
    assert bool(standing_approvals) <= (approved and until is not None and repository is not None)
    assert Job.model_validate_json(job.model_dump_json(by_alias=True, exclude_none=True)) == job
