"""Example jobs, created by the domain code itself, so that examples match the API."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel

from api.schemas.approvals import WaitingJob
from mosaic.access.model import Grant, Workspace
from mosaic.events.chain import with_hash
from mosaic.events.derive import derive
from mosaic.jobs import approval, attempt, lifecycle, validation
from mosaic.jobs.approval import Answer
from mosaic.jobs.gate_evaluation import GateReport
from mosaic.jobs.gates import Gate
from mosaic.jobs.model import Draft, Job
from mosaic.jobs.states import GateStatus
from mosaic.jobs.value_objects import GuardDecision, Result, Source
from mosaic.rails import quality
from mosaic.rails.policy import base_policies
from mosaic.services import dispatch_intent, evaluate_guard
from mosaic.services.agent_message import agent_text
from mosaic.services.agent_message import text_hash as text_hash

TOKEN_ID = "01KG9ZZ000M3T0K3NF0RC1SH0P"  # noqa: S105 - an id without a token
JOB_ID = "01KGA00000QVEB6VEJZ1V3PTTX"
COMMIT = "9e1d3cbe6a7f0c1a55d2b8a3c7f4e0d19b62a8f4"
ADA, STITCHER = "token:ada", "stitcher"
_NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


def _at(seconds: float) -> datetime:
    return _NOON + timedelta(seconds=seconds)


REQUEST = {
    "type": "code-task",
    "instructions": "After signing in, visitors land on the home page. Take them to the page that they opened.",
    "repository": "acme/shop",
    "issueNumber": 7,
}


def _job(**fields: Any) -> Job:
    sent = {"workspaceId": "demo", "profile": "weaver", "source": Source(kind="api", actor=ADA)}
    return lifecycle.create(Draft.model_validate({**REQUEST, **sent, **fields}), JOB_ID, _at(0))


def _guard(job: Job) -> GuardDecision:
    """The decision of the guard rails, with a fixed policy hash, so that a new policy changes no example."""
    result = evaluate_guard.evaluate(job, _WORKSPACE, base_policies(), _at(1))
    return result.model_copy(update={"policy_set": f"sha256:{'5e' * 32}"})


def _versions(job: Job) -> tuple[Job, ...]:
    """All versions of the job from its creation to its completion."""
    decision, gates = quality.decide(job, _WORKSPACE.gates, _WORKSPACE.gate_timeout_seconds)
    guard = _guard(job)
    dispatch = dispatch_intent.dispatch_for(job, guard, _at(1), "rpc")
    started = attempt.begin(job, guard, decision, gates, dispatch, _at(1), STITCHER)
    accepted = attempt.accepted(started, _RUN, False, _at(1.2), STITCHER)
    result = Result(
        summary="The session stores the page that the visitor opened.", tokens_input=48210, tokens_output=3127
    )
    versions = [job, started, accepted, attempt.succeeded(accepted, _RUN, result, _at(290), "gateway")]
    for index, gate in enumerate(gates):
        report = GateReport(gate_id=gate.id, status=GateStatus.PASSED, commit_sha=COMMIT)
        versions.append(validation.apply_report(versions[-1], report, _at(320 + 15 * index), "token:ci"))
    return tuple(versions)


_WORKSPACE = Workspace(id="demo", grants=(Grant(profile="weaver", capability="pr:merge"),))
_RUN = "2f0c6a52"


def _chained(versions: Iterable[Job]) -> tuple[Job, ...]:
    """The versions with their hashes, as the store saves them."""
    saved: list[Job] = []
    for job in versions:
        saved.append(with_hash(saved[-1] if saved else None, job))
    return tuple(saved)


VERSIONS = _chained(_versions(_job()))
EVENTS = tuple(
    event for old, new in zip((None, *VERSIONS), VERSIONS, strict=False) for event in derive(old, new)
)
QUEUED, RUNNING, COMPLETED = VERSIONS[0], VERSIONS[2], VERSIONS[-1]
VALIDATED = VERSIONS[4]
CANCELLED = lifecycle.cancel(RUNNING, _at(60), ADA, "not wanted any more")
RETRIED = lifecycle.retry(CANCELLED, _at(600), ADA, role="member")

_NEEDS_APPROVAL = _job(requestedCapabilities=["pr:merge"])
WAITING = approval.request_approval(
    _NEEDS_APPROVAL, _guard(_NEEDS_APPROVAL), timedelta(days=3), _at(1), STITCHER
)


def _answered(approved: bool, reason: str, **scope: Any) -> Job:
    report = Answer(approved=approved, actor="token:grace", reason=reason, **scope)
    return approval.answer(WAITING, report, _at(900), excluded_approvers=())


APPROVED = _answered(True, "reviewed with the team", until=_at(7 * 86400), capabilities=("pr:merge",))
STANDING = approval.standing_approvals(APPROVED)
APPROVAL_REQUEST = WaitingJob.of(WAITING)
DENIED = _answered(False, "not before the release")


def as_json(value: BaseModel) -> Any:
    """Returns the value as JSON of the API."""
    return value.model_dump(mode="json", by_alias=True)


def agent_text_of(job: Job) -> Any:
    """Returns the agent's text as JSON of the API."""
    text = agent_text(job)
    return as_json(text) if text else None


def planned_gate(gate: Gate) -> Any:
    """Returns the gate as in the response of a dry run."""
    fields = {"id", "mandatory", "reporter", "passes_when", "timeout_seconds"}
    return gate.model_dump(mode="json", by_alias=True, include=fields)


def view(job: Job) -> Any:
    """Returns the job as JSON of the API."""
    return as_json(job.view())
