"""Changes of a job, each with the types of the events that it gives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from mosaic.jobs import approval, attempt, lifecycle, overrides, validation
from mosaic.jobs.gate_evaluation import GateReport, ReportedStatus
from mosaic.jobs.gates import Gate
from mosaic.jobs.model import Draft, Job
from mosaic.jobs.states import Decision, GateStatus, StepStatus
from mosaic.jobs.value_objects import Dispatch, GuardDecision, QualityDecision, Result, Source

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
ASKED = GuardDecision(decision=Decision.APPROVAL_REQUIRED, refused=("git:push",), policy_set="sha256:0")
ALLOWED = GuardDecision(decision=Decision.ALLOW, tools=("read",), policy_set="sha256:0")


def queued(**fields: object) -> Job:
    usual: dict[str, object] = {
        "workspace_id": "demo",
        "type": "code-task",
        "profile": "weaver",
        "instructions": "Fix it",
        "source": Source(kind="github", actor="github:ada"),
    }
    return lifecycle.create(Draft.model_validate({**usual, **fields}), "J", NOW)


def begun(job: Job, *gates: str) -> Job:
    dispatch = Dispatch(
        key="mosaic:J:1",
        agent="weaver",
        tools=("read",),
        at=NOW,
        deadline=NOW + timedelta(hours=1),
        message_version=1,
    )
    request = QualityDecision(gates=gates, timeout_seconds=3600)
    return attempt.begin(
        job, ALLOWED, request, tuple(Gate(id=gate) for gate in gates), dispatch, NOW, "stitcher"
    )


def running(*gates: str) -> Job:
    return attempt.accepted(begun(queued(), *gates), "run-1", False, NOW, "stitcher")


def validating() -> Job:
    return attempt.succeeded(
        running("build"), "run-1", Result(tokens_input=1, tokens_output=2), NOW, "openclaw"
    )


def report(status: ReportedStatus) -> Callable[[Job], Job]:
    answer = GateReport(gate_id="build", status=status, commit_sha="a" * 40)
    return lambda job: validation.apply_report(job, answer, NOW, "token:ci")


def force(job: Job) -> Job:
    return overrides.force(
        job, overrides.OverrideRequest(gate_id="build", reason="because"), NOW, "token:root"
    )


def with_commit(commit: str) -> Callable[[Job], Job]:
    return lambda job: validation.pushed(job, "0" * 40, commit, None, NOW, "github")


def asking() -> Job:
    return approval.request_approval(
        queued(repository="acme/shop"), ASKED, timedelta(days=3), NOW, "stitcher"
    )


def answered(approved: bool, **scope: Any) -> Callable[[Job], Job]:
    answer = approval.Answer(approved=approved, actor="token:bob", reason="because", **scope)
    return lambda job: approval.answer(job, answer, NOW, excluded_approvers=())


CHANGES: dict[str, tuple[Job, Callable[[Job], Job], list[str]]] = {
    "begin": (
        queued(),
        lambda job: begun(job, "build"),
        ["job.started", "rails.guard", "rails.quality"]
        + ["step.started", "step.completed"] * 2
        + ["step.started"],
    ),
    "accept": (
        begun(queued()),
        lambda job: attempt.accepted(job, "run-1", False, NOW, "stitcher"),
        ["step.completed", "step.started", "dispatch.accepted", "job.progress"],
    ),
    "unreachable": (
        begun(queued()),
        lambda job: attempt.unreachable(job, "away", 3, NOW, "stitcher"),
        ["job.queued", "dispatch.failed"],
    ),
    "unreachable for good": (
        begun(queued()),
        lambda job: attempt.unreachable(job, "away", 1, NOW, "stitcher"),
        ["step.failed", "dispatch.failed", "job.failed"],
    ),
    "busy": (
        begun(queued()),
        lambda job: attempt.busy(job, "rate limit", NOW + timedelta(seconds=40), None, NOW, "stitcher"),
        ["job.queued"],
    ),
    "run done, gates open": (
        running("build"),
        lambda job: attempt.succeeded(job, "run-1", Result(tokens_input=1, tokens_output=2), NOW, "openclaw"),
        ["step.completed", "ai.tokens_used", "gate.started", "job.progress"],
    ),
    "run done, no gates": (
        running(),
        lambda job: attempt.succeeded(job, "run-1", Result(), NOW, "openclaw"),
        ["step.completed", "job.completed"],
    ),
    "run failed": (
        running(),
        lambda job: attempt.failed(job, "run-1", Result(), "boom", NOW, "openclaw"),
        ["step.failed", "job.failed"],
    ),
    "run failed, tried again": (
        running().evolve(max_attempts=2),
        lambda job: attempt.failed(job, "run-1", Result(), "boom", NOW, "openclaw"),
        ["job.retried", "job.queued", "step.failed"],
    ),
    "gate passed": (validating(), report(GateStatus.PASSED), ["gate.passed", "job.completed"]),
    "gate failed": (validating(), report(GateStatus.FAILED), ["gate.failed", "job.failed"]),
    "gate could not run": (validating(), report(GateStatus.ERROR), ["gate.failed"]),
    "gate forced": (validating(), force, ["gate.forced", "job.completed"]),
    "gate forced after it failed": (
        report(GateStatus.FAILED)(validating()),
        force,
        ["gate.forced", "job.completed"],
    ),
    "gate forced in time for another": (
        validation.expire(
            attempt.succeeded(running("build", "test"), "run-1", Result(), NOW, "openclaw"), NOW, "stitcher"
        ),
        force,
        ["gate.started", "gate.forced", "job.progress"],
    ),
    "first commit": (validating(), with_commit("a" * 40), ["job.progress"]),
    "gates overdue": (validating(), lambda job: validation.expire(job, NOW, "stitcher"), ["job.failed"]),
    "approval asked": (
        queued(),
        lambda job: approval.request_approval(job, ASKED, timedelta(days=3), NOW, "stitcher"),
        ["rails.guard", "job.approval_required"],
    ),
    "approved": (
        asking(),
        answered(True),
        ["job.approved", "job.queued"],
    ),
    "approval refused": (
        asking(),
        answered(False),
        ["job.denied", "job.failed"],
    ),
    "approval overdue": (
        asking(),
        lambda job: approval.expire(job, NOW, "stitcher"),
        ["job.denied", "job.failed"],
    ),
    "denied": (
        queued(),
        lambda job: lifecycle.deny(
            job, ASKED.model_copy(update={"decision": Decision.DENY}), NOW, "stitcher"
        ),
        ["rails.guard", "job.failed"],
    ),
    "cancelled": (queued(), lambda job: lifecycle.cancel(job, NOW, "token:bob"), ["job.cancelled"]),
    "retried": (
        lifecycle.cancel(queued(), NOW, "token:bob"),
        lambda job: lifecycle.retry(job, NOW, "token:bob", role="member"),
        ["job.retried", "job.queued"],
    ),
    "released": (
        queued(run_at=NOW + timedelta(hours=1)),
        lambda job: lifecycle.release(job, NOW, "stitcher"),
        ["job.queued"],
    ),
    "stopped": (
        lifecycle.cancel(running(), NOW, "token:bob"),
        lambda job: attempt.stopped(job, StepStatus.COMPLETED, "it is over", NOW, "stitcher"),
        ["step.started", "step.completed"],
    ),
}
