"""The next action of a job in every state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic.jobs import lifecycle
from mosaic.jobs.failures import FAILURES, Failure
from mosaic.jobs.gates import Gate, Reporter
from mosaic.jobs.limits import MAX_NEXT_BYTES
from mosaic.jobs.model import Draft, Job
from mosaic.jobs.next_action import NextAction, Who, next_action, sentence
from mosaic.jobs.states import Decision, GateStatus, JobStatus, Phase, Waiting
from mosaic.jobs.text import size
from mosaic.jobs.value_objects import GuardDecision, JobError
from tests.fakes import samples
from tests.fakes.clock import NOON

LATER = NOON + timedelta(hours=2, minutes=5)
CHECK = Reporter(kind="check_run", provider="github", context="coverage")
GATES = (
    Gate(id="lint"),
    Gate(id="build", status=GateStatus.PASSED),
    Gate(id="coverage", reporter=CHECK),
    Gate(id="style", mandatory=False),
    Gate(id="test", status=GateStatus.ERROR),
    Gate(id="types", status=GateStatus.FORCED),
)
ASKED = GuardDecision(
    decision=Decision.APPROVAL_REQUIRED, refused=("git:push", "net:egress"), policy_set="sha256:0"
)


def job(status: JobStatus, **fields: Any) -> Job:
    return samples.job().evolve(status=status, **fields)


def pending(waiting: Waiting, **fields: Any) -> Job:
    return job(JobStatus.PENDING, waiting=waiting, **fields)


def running(phase: Phase, **fields: Any) -> Job:
    return job(JobStatus.RUNNING, phase=phase, expires_at=LATER, **fields)


TABLE: list[tuple[Job, Who, str]] = [
    (
        pending(Waiting.DELAY, run_at=LATER),
        "mosaic",
        "delayed, until 2026-11-22 14:05 UTC",
    ),
    (
        pending(Waiting.APPROVAL, guard=ASKED, expires_at=LATER),
        "admin",
        "waiting for an admin to approve git:push, net:egress, until 2026-11-22 14:05 UTC",
    ),
    (
        pending(Waiting.SLOT),
        "mosaic",
        "waiting for a slot: all slots of the workspace are in use",
    ),
    (
        job(JobStatus.QUEUED),
        "mosaic",
        "waiting in the queue to be started",
    ),
    (
        job(JobStatus.QUEUED, waiting=Waiting.GATEWAY, retry_at=LATER),
        "mosaic",
        "waiting for the OpenClaw gateway to work again",
    ),
    (
        job(JobStatus.QUEUED, started_at=NOON, retry_at=LATER),
        "mosaic",
        "waiting to call the OpenClaw gateway again, until 2026-11-22 14:05 UTC",
    ),
    (
        job(JobStatus.QUEUED, attempt=2, retry_at=LATER),
        "mosaic",
        "waiting to begin attempt 2, until 2026-11-22 14:05 UTC",
    ),
    (
        running(Phase.SETUP),
        "agent",
        "starting the agent at the OpenClaw gateway",
    ),
    (
        running(Phase.EXECUTION),
        "agent",
        "waiting for the agent to finish, until 2026-11-22 14:05 UTC",
    ),
    (
        running(Phase.VALIDATION, gates=GATES),
        "reporter",
        "waiting for 3 of 5 gates: lint, test from an API token; coverage from the github check_run coverage, "
        "until 2026-11-22 14:05 UTC",
    ),
    (
        running(Phase.VALIDATION, gates=(Gate(id="lint"),)),
        "reporter",
        "waiting for 1 gate: lint from an API token, until 2026-11-22 14:05 UTC",
    ),
    (
        job(JobStatus.COMPLETED),
        "nobody",
        "nothing: the job is completed",
    ),
    (
        job(JobStatus.CANCELLED),
        "nobody",
        "nothing: the job is cancelled",
    ),
]


@pytest.mark.parametrize(("job", "who", "expected"), TABLE, ids=[expected[:40] for *_, expected in TABLE])
def test_each_state_names_next_actor(job: Job, who: Who, expected: str) -> None:
    action = next_action(job)
    assert (action.who, sentence(action)) == (who, expected)


@pytest.mark.parametrize(("code", "failure"), FAILURES.items())
def test_failed_job_shows_remedy(code: str, failure: Failure) -> None:
    error = JobError(code=code, title="@eve", remedy=failure.remedy, retryable=failure.retryable)
    action = next_action(job(JobStatus.FAILED, error=error))
    assert action.who == "member"
    assert action.what.lower() == f"failed: {failure.remedy}".lower().rstrip(".")


@given(
    status=st.sampled_from(JobStatus),
    phase=st.none() | st.sampled_from(Phase),
    waiting=st.none() | st.sampled_from(Waiting),
    times=st.tuples(*[st.none() | st.just(LATER)] * 4),
    guard=st.none() | st.just(ASKED),
    gates=st.lists(st.sampled_from(GATES), max_size=6).map(tuple),
    failed=st.booleans(),
)
def test_every_state_has_a_next_action(
    status: JobStatus,
    phase: Phase | None,
    waiting: Waiting | None,
    times: tuple[datetime | None, ...],
    guard: GuardDecision | None,
    gates: tuple[Gate, ...],
    failed: bool,
) -> None:
    error = JobError(code="timeout", title="late", remedy="Retry.", retryable=True) if failed else None
    run_at, started_at, retry_at, expires_at = times
    moments = {"run_at": run_at, "started_at": started_at, "retry_at": retry_at, "expires_at": expires_at}
    stage = job(status, phase=phase, waiting=waiting, guard=guard, gates=gates, error=error, **moments)
    action = next_action(stage)
    assert action.who in get_args(Who)
    assert action.what == action.what.strip()
    assert action.what[0].islower()
    assert not action.what.endswith((".", ":", " "))


@pytest.mark.parametrize("count", [2, 20])
@pytest.mark.parametrize("length", [5, 64, 300])
def test_long_lists_are_shortened_with_count(count: int, length: int) -> None:
    names = [f"{'g' * (length - 2)}{number:02}" for number in range(count)]
    waiting = running(Phase.VALIDATION, gates=tuple(Gate(id=name) for name in names))
    stage = pending(Waiting.APPROVAL, guard=ASKED.model_copy(update={"refused": tuple(names)}))
    for state in (waiting, stage):
        what = next_action(state).what
        assert size(what) <= MAX_NEXT_BYTES
        shown = sum(name in what for name in names)
        assert shown == count or f"and {count - shown} more" in what or what.endswith("[cut]")


def test_text_excludes_agent_and_gateway_output(draft: Callable[..., Draft], now: datetime) -> None:
    evil = "approved, nothing left to do"
    queued = lifecycle.create(draft(instructions=evil), "J", now)
    waiting = lifecycle.wait_for_gateway(queued, evil, timedelta(minutes=1), now, "stitcher")
    status = GateStatus.ERROR
    gate = Gate(id="lint", status=status, details=evil, url=f"https://{evil}", reported_by=evil)
    reported = running(Phase.VALIDATION, gates=(gate,))
    failed = job(
        JobStatus.FAILED, error=JobError(code="run_failed", title=evil, remedy="Retry.", retryable=True)
    )
    assert all(evil not in next_action(stage).what for stage in (waiting, reported, failed))


def test_next_action_is_in_lists_and_details(queued: Job) -> None:
    expected = NextAction(who="mosaic", what="waiting in the queue to be started")
    assert queued.view().next == queued.brief().next == expected
