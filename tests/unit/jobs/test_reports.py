"""Reports of a run in progress."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from mosaic.events.derive import derive
from mosaic.jobs import lifecycle
from mosaic.jobs.errors import IllegalTransition, InputTooLarge, ReservedStep, StaleAttempt, TooManySteps
from mosaic.jobs.limits import MAX_OUTPUT_BYTES, MAX_STEPS
from mosaic.jobs.model import Job
from mosaic.jobs.reports import Report, apply_batch
from mosaic.jobs.states import Phase, StepStatus, StepType
from mosaic.jobs.text import size

ADAPTER: TypeAdapter[Report] = TypeAdapter(Report)


def parsed(*reports: dict[str, Any]) -> tuple[Report, ...]:
    return tuple(ADAPTER.validate_python(report) for report in reports)


@pytest.fixture
def report(running: Callable[..., Job], now: datetime) -> Callable[..., Job]:
    def make(*reports: dict[str, Any], job: Job | None = None, batch: str | None = None) -> Job:
        return apply_batch(job or running("build"), 1, batch, parsed(*reports), now, "run:1")

    return make


def test_progress_updates_job(report: Callable[..., Job]) -> None:
    assert report({"kind": "progress", "percent": 40}).progress_percent == 40


def test_reported_step_starts_and_ends(report: Callable[..., Job]) -> None:
    begun = report({"kind": "step_started", "name": "npm test", "type": "COMMAND"})
    assert (begun.steps[-1].name, begun.steps[-1].status) == ("npm test", StepStatus.RUNNING)
    ended = report(
        {
            "kind": "step_finished",
            "name": "npm test",
            "status": "FAILED",
            "tokensOutput": 7,
            "output": "3 failed",
        },
        job=begun,
    )
    step = ended.steps[-1]
    assert (step.status, step.tokens_output, step.output) == (StepStatus.FAILED, 7, "3 failed")
    assert len(ended.steps) == len(begun.steps)


def test_finished_step_without_start_is_recorded(report: Callable[..., Job]) -> None:
    assert report({"kind": "step_finished", "name": "lint"}).steps[-1].status is StepStatus.COMPLETED


def test_artifact_is_a_step(report: Callable[..., Job]) -> None:
    step = report({"kind": "artifact", "name": "report.html", "url": "https://ci.test/r"}).steps[-1]
    assert (step.type, step.status, step.output) == (
        StepType.ARTIFACT,
        StepStatus.COMPLETED,
        "https://ci.test/r",
    )


def test_each_report_is_an_event_of_one_version(running: Callable[..., Job], now: datetime) -> None:
    job = running("build")
    reports = parsed(
        {"kind": "step_started", "name": "npm test"},
        {"kind": "output", "text": "ok 1", "step": "npm test"},
        {"kind": "tool_call", "tool": "read", "input": "README.md"},
        {"kind": "artifact", "name": "report.html"},
        {"kind": "progress", "percent": 10, "message": "tests run"},
    )
    events = derive(job, apply_batch(job, 1, None, reports, now, "run:1"))
    assert [(event.type.value, event.step_id) for event in events] == [
        ("step.started", "5"),
        ("step.started", "6"),
        ("step.completed", "6"),
        ("step.output", "5"),
        ("ai.tool_called", None),
        ("ai.artifact_created", "6"),
        ("job.progress", None),
    ]


def test_output_without_step_belongs_to_agent_run(report: Callable[..., Job]) -> None:
    run_report = report({"kind": "output", "text": "x" * (MAX_OUTPUT_BYTES + 1)}).change.reports[0]
    assert run_report.step == 4
    assert size(run_report.payload["text"]) <= MAX_OUTPUT_BYTES


def test_repeated_batch_counts_once(report: Callable[..., Job]) -> None:
    once = report({"kind": "progress", "percent": 1}, batch="b1")
    assert report({"kind": "progress", "percent": 1}, job=once, batch="b1") is once
    assert report({"kind": "progress", "percent": 1}, job=once, batch="b2").version == once.version + 1


def test_report_of_old_attempt_is_refused(running: Callable[..., Job], now: datetime) -> None:
    retried = lifecycle.retry(lifecycle.cancel(running(), now, "token:bob"), now, "token:bob", role="member")
    with pytest.raises(StaleAttempt, match="attempt 1, but the job is at attempt 2"):
        apply_batch(retried, 1, None, parsed({"kind": "progress", "percent": 99}), now, "run:1")


def test_ended_job_refuses_reports(running: Callable[..., Job], now: datetime) -> None:
    with pytest.raises(IllegalTransition, match="CANCELLED"):
        apply_batch(
            lifecycle.cancel(running(), now, "token:bob"),
            1,
            None,
            parsed({"kind": "output", "text": "x"}),
            now,
            "run:1",
        )


@pytest.mark.parametrize("name", ["agent run", "dispatch", "guard rails", "gate build"])
@pytest.mark.parametrize("kind", ["step_started", "step_finished", "artifact"])
def test_reserved_step_names_are_refused(report: Callable[..., Job], kind: str, name: str) -> None:
    with pytest.raises(ReservedStep, match=name):
        report({"kind": kind, "name": name})


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "step_started", "name": "x", "type": "GATE"},
        {"kind": "step_started", "name": "x", "phase": "VALIDATION"},
        {"kind": "step_finished", "name": "x", "status": "RUNNING"},
        {"kind": "progress", "percent": 101},
        {"kind": "gate", "name": "build"},
        {"kind": "output", "text": "x", "gate": "build"},
        {"kind": "artifact", "name": "x", "url": "javascript:alert(1)"},
    ],
)
def test_invalid_report_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ADAPTER.validate_python(wrong)


def test_steps_and_texts_are_bounded(report: Callable[..., Job]) -> None:
    with pytest.raises(InputTooLarge, match="reports"):
        report(*[{"kind": "output", "text": "x" * 40_000}] * 2)
    with pytest.raises(TooManySteps, match=str(MAX_STEPS)):
        report(*[{"kind": "step_finished", "name": f"s{n}"} for n in range(MAX_STEPS)])


def test_reported_step_may_be_in_cleanup(report: Callable[..., Job]) -> None:
    assert report({"kind": "step_started", "name": "rm", "phase": "CLEANUP"}).steps[-1].phase is Phase.CLEANUP
