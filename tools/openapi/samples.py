"""One job, played through its life by the domain itself, for the examples: they cannot drift from what is answered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel

from api.schemas.approvals import WaitingJob
from mosaic.access.model import Grant, Workspace
from mosaic.events.chain import sealed
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

TOKEN_ID = "01KG9ZZ000M3T0K3NF0RC1SH0P"  # noqa: S105 - an id, and of no token
JOB_ID = "01KGA00000QVEB6VEJZ1V3PTTX"
COMMIT = "9e1d3cbe6a7f0c1a55d2b8a3c7f4e0d19b62a8f4"
ADA, STITCHER = "token:ada", "stitcher"
_NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


def _at(seconds: float) -> datetime:
    return _NOON + timedelta(seconds=seconds)


WANTED = {
    "type": "code-task",
    "instructions": "The login page forgets where the visitor wanted to go. Bring them there after they signed in.",
    "repository": "acme/shop",
    "issueNumber": 7,
}


def _job(**fields: Any) -> Job:
    asked = {"workspaceId": "demo", "profile": "weaver", "source": Source(kind="api", actor=ADA)}
    return lifecycle.create(Draft.model_validate({**WANTED, **asked, **fields}), JOB_ID, _at(0))


def _guard(job: Job) -> GuardDecision:
    """What the rails say; the hash of the policies is made up, so that a new policy alone changes no example."""
    found = evaluate_guard.evaluate(job, _WORKSPACE, base_policies(), _at(1))
    return found.model_copy(update={"policy_set": f"sha256:{'5e' * 32}"})


def _life(job: Job) -> tuple[Job, ...]:
    """Every version of the job, from created to completed."""
    decision, gates = quality.decide(job, _WORKSPACE.gates, _WORKSPACE.gate_timeout_seconds)
    guard = _guard(job)
    order = dispatch_intent.dispatch_for(job, guard, _at(1), "rpc")
    begun = attempt.begin(job, guard, decision, gates, order, _at(1), STITCHER)
    taken = attempt.accepted(begun, _RUN, False, _at(1.2), STITCHER)
    done = Result(summary="The visitor's way is kept in the session.", tokens_input=48210, tokens_output=3127)
    versions = [job, begun, taken, attempt.succeeded(taken, _RUN, done, _at(290), "gateway")]
    for place, gate in enumerate(gates):
        said = GateReport(gate_id=gate.id, status=GateStatus.PASSED, commit_sha=COMMIT)
        versions.append(validation.apply_report(versions[-1], said, _at(320 + 15 * place), "token:ci"))
    return tuple(versions)


_WORKSPACE = Workspace(id="demo", grants=(Grant(profile="weaver", capability="pr:merge"),))
_RUN = "2f0c6a52"


def _saved(versions: Iterable[Job]) -> tuple[Job, ...]:
    """The versions as the store keeps them."""
    life: list[Job] = []
    for job in versions:
        life.append(sealed(life[-1] if life else None, job))
    return tuple(life)


LIFE = _saved(_life(_job()))
EVENTS = tuple(event for old, new in zip((None, *LIFE), LIFE, strict=False) for event in derive(old, new))
QUEUED, RUNNING, COMPLETED = LIFE[0], LIFE[2], LIFE[-1]
VALIDATED = LIFE[4]
CANCELLED = lifecycle.cancel(RUNNING, _at(60), ADA, "not wanted any more")
RETRIED = lifecycle.retry(CANCELLED, _at(600), ADA)

_DARING = _job(requestedCapabilities=["pr:merge"])
WAITING = approval.request_approval(_DARING, _guard(_DARING), timedelta(days=3), _at(1), STITCHER)


def _answered(approved: bool, reason: str, **scope: Any) -> Job:
    said = Answer(approved=approved, actor="token:grace", reason=reason, **scope)
    return approval.answer(WAITING, said, _at(900), excluded_approvers=())


APPROVED = _answered(True, "reviewed with the team", until=_at(7 * 86400), capabilities=("pr:merge",))
STANDING = approval.standing_approvals(APPROVED)
ASKING = WaitingJob.of(WAITING)
DENIED = _answered(False, "not before the release")


def told(value: BaseModel) -> Any:
    """`value` as the API answers it."""
    return value.model_dump(mode="json", by_alias=True)


def planned(gate: Gate) -> Any:
    """The gate as a dry run tells it."""
    told_of = {"id", "mandatory", "reporter", "passes_when", "timeout_seconds"}
    return gate.model_dump(mode="json", by_alias=True, include=told_of)


def view(job: Job) -> Any:
    """The job as the API answers it."""
    return told(job.view())
