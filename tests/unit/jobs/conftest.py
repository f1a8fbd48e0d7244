"""Jobs in several states, at one fixed time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mosaic.jobs import attempt, lifecycle
from mosaic.jobs.gates import Gate
from mosaic.jobs.model import Draft, Job
from mosaic.jobs.states import Decision
from mosaic.jobs.value_objects import Dispatch, GuardDecision, QualityDecision, Result, Source

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
JOB_ID = "01KGA000000000000000000000"


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def draft() -> Callable[..., Draft]:
    def make(**fields: Any) -> Draft:
        usual: dict[str, Any] = {
            "workspace_id": "demo",
            "type": "code-task",
            "profile": "weaver",
            "instructions": "Fix the login",
            "source": Source(kind="api", actor="token:ada"),
        }
        return Draft(**{**usual, **fields})

    return make


@pytest.fixture
def queued(draft: Callable[..., Draft]) -> Job:
    return lifecycle.create(draft(), JOB_ID, NOW)


@pytest.fixture
def begin() -> Callable[..., Job]:
    def make(job: Job, *gates: str, now: datetime = NOW, require_push: bool = True) -> Job:
        guard = GuardDecision(decision=Decision.ALLOW, tools=("read",), policy_set="sha256:0")
        dispatch = job.dispatch or Dispatch(
            key=f"mosaic:{job.id}:{job.attempt}",
            agent=job.profile,
            tools=guard.tools,
            at=now,
            deadline=now + timedelta(seconds=job.timeout_seconds),
            message_version=1,
        )
        quality = QualityDecision(gates=gates, timeout_seconds=3600, require_push=require_push)
        return attempt.begin(
            job, guard, quality, tuple(Gate(id=gate) for gate in gates), dispatch, now, "stitcher"
        )

    return make


@pytest.fixture
def running(queued: Job, begin: Callable[..., Job]) -> Callable[..., Job]:
    def make(*gates: str, repository: str | None = None, require_push: bool = True) -> Job:
        job = queued.evolve(repository=repository)
        begun = begin(job, *gates, require_push=require_push)
        return attempt.accepted(begun, "run-1", False, NOW, "stitcher")

    return make


@pytest.fixture
def validating(running: Callable[..., Job]) -> Callable[..., Job]:
    def make(*gates: str) -> Job:
        return attempt.succeeded(running(*gates), "run-1", Result(summary="done"), NOW, "openclaw")

    return make
