"""Jobs to measure with: one life of a code task."""

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
from mosaic.services import dispatch_intent

WORKSPACE = "demo"
INSTRUCTIONS = (
    "Find out why the login fails since Monday, mend it, and add a test that would have caught it. " * 8
)

STITCHER = "stitcher"
DECLARATION = "5f1c9a52-7a5a-4f0e-9f55-1f6f2a3a8c11"
RUN_TIME = timedelta(minutes=4)


def queued(deployment: datetime, **fields: Any) -> Job:
    """A code task as it is stored first."""
    usual: dict[str, Any] = {
        "workspace_id": WORKSPACE,
        "type": "code-task",
        "profile": "weaver",
        "instructions": INSTRUCTIONS,
        "repository": "acme/shop",
        "issue_number": 7,
        "source": Source(kind="api", actor="token:local-admin"),
    }
    return lifecycle.create(Draft(**{**usual, **fields}), new_job_id(deployment), deployment)


def life(deployment: datetime) -> tuple[Job, ...]:
    """All versions of a code task that waits for the reports of its five gates, the latest last."""
    job, workspace = queued(deployment), Workspace(id=WORKSPACE)
    guard = dispatch_intent.evaluate_guard(job, workspace, base_policies(), deployment)
    asked, gates = quality.decide(job, workspace.gates, workspace.gate_timeout_seconds)
    begun = attempt.begin(
        job,
        guard,
        asked,
        gates,
        dispatch_intent.dispatch_for(job, guard, deployment, "rpc"),
        deployment,
        STITCHER,
    )
    taken = attempt.accepted(begun, DECLARATION, False, deployment, STITCHER)
    result = Result(summary="Mended and tested. " * 30, tokens_input=18_000, tokens_output=2_100)
    ended = attempt.succeeded(taken, DECLARATION, result, deployment + RUN_TIME, STITCHER)
    return job, begun, taken, ended


def validating(deployment: datetime) -> Job:
    """A job that waits for its gates."""
    return life(deployment)[-1]


def asking(deployment: datetime) -> Job:
    """A code task that waits for approval of a push."""
    job = queued(
        deployment, requested_capabilities=("git:push",), source=Source(kind="api", actor="token:member")
    )
    guard = dispatch_intent.evaluate_guard(job, Workspace(id=WORKSPACE), base_policies(), deployment)
    return approval.ask(job, guard, timedelta(days=3), deployment, STITCHER)


def failed(deployment: datetime) -> Job:
    """A job whose gates were never reported."""
    waiting = validating(deployment)
    return validation.expire(waiting, waiting.expires_at or deployment, STITCHER)
