"""Code tasks in the states that the benchmarks need."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from mosaic.access.model import Workspace
from mosaic.clock import new_job_id
from mosaic.jobs import approval, attempt, lifecycle, validation
from mosaic.jobs.model import Draft, Job
from mosaic.jobs.value_objects import Result, Source
from mosaic.rails import quality
from mosaic.rails.policy import base_policies
from mosaic.services import dispatch_intent, evaluate_guard

WORKSPACE = "demo"
INSTRUCTIONS = (
    "Find out why the login fails since Monday, mend it, and add a test that would have caught it. " * 8
)

STITCHER = "stitcher"
SCHEDULED_RUN_ID = "5f1c9a52-7a5a-4f0e-9f55-1f6f2a3a8c11"
RUN_TIME = timedelta(minutes=4)


def queued(at: datetime, **fields: Any) -> Job:
    """Returns a new code task."""
    usual: dict[str, Any] = {
        "workspace_id": WORKSPACE,
        "type": "code-task",
        "profile": "weaver",
        "instructions": INSTRUCTIONS,
        "repository": "acme/shop",
        "issue_number": 7,
        "source": Source(kind="api", actor="token:local-admin"),
    }
    return lifecycle.create(Draft(**{**usual, **fields}), new_job_id(at), at)


def versions_to_validation(at: datetime) -> tuple[Job, ...]:
    """Returns all versions of a code task that waits for the reports of its five gates, oldest first."""
    job, workspace = queued(at), Workspace(id=WORKSPACE)
    guard = evaluate_guard.evaluate(job, workspace, base_policies(), at)
    quality_decision, gates = quality.decide(job, workspace.gates, workspace.gate_timeout_seconds)
    running = attempt.begin(
        job,
        guard,
        quality_decision,
        gates,
        dispatch_intent.dispatch_for(job, guard, at, "rpc"),
        at,
        STITCHER,
    )
    accepted = attempt.accepted(running, SCHEDULED_RUN_ID, False, at, STITCHER)
    result = Result(summary="Mended and tested. " * 30, tokens_input=18_000, tokens_output=2_100)
    ended = attempt.succeeded(accepted, SCHEDULED_RUN_ID, result, at + RUN_TIME, STITCHER)
    return job, running, accepted, ended


def waiting_for_gates(at: datetime) -> Job:
    """Returns a job that waits for its gates."""
    return versions_to_validation(at)[-1]


def waiting_for_approval(at: datetime) -> Job:
    """Returns a code task that waits for approval of a push."""
    job = queued(at, requested_capabilities=("git:push",), source=Source(kind="api", actor="token:member"))
    guard = evaluate_guard.evaluate(job, Workspace(id=WORKSPACE), base_policies(), at)
    return approval.request_approval(job, guard, timedelta(days=3), at, STITCHER)


def failed(at: datetime) -> Job:
    """Returns a job that failed because its gates were not reported in time."""
    waiting = waiting_for_gates(at)
    return validation.expire(waiting, waiting.expires_at or at, STITCHER)
