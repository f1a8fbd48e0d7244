"""What a run may say of itself."""

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


def told(*reports: dict[str, Any]) -> tuple[Report, ...]:
    return tuple(ADAPTER.validate_python(report) for report in reports)


@pytest.fixture
def report(running: Callable[..., Job], now: datetime) -> Callable[..., Job]:
    def make(*reports: dict[str, Any], job: Job | None = None, batch: str | None = None) -> Job:
        return apply_batch(job or running("build"), 1, batch, told(*reports), now, "run:1")

    return make


def test_progress_is_the_jobs(report: Callable[..., Job]) -> None:
    assert report({"kind": "progress", "percent": 40}).progress_percent == 40


def test_a_step_of_the_runs_own_begins_and_ends(report: Callable[..., Job]) -> None:
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


def test_a_step_that_is_only_finished_is_there_too(report: Callable[..., Job]) -> None:
    assert report({"kind": "step_finished", "name": "lint"}).steps[-1].status is StepStatus.COMPLETED


def test_an_artifact_is_a_step(report: Callable[..., Job]) -> None:
    step = report({"kind": "artifact", "name": "report.html", "url": "https://ci.test/r"}).steps[-1]
    assert (step.type, step.status, step.output) == (
        StepType.ARTIFACT,
        StepStatus.COMPLETED,
        "https://ci.test/r",
    )


def test_each_report_is_an_event_of_one_version(running: Callable[..., Job], now: datetime) -> None:
    job = running("build")
    reports = told(
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


def test_output_without_a_step_is_the_agents(report: Callable[..., Job]) -> None:
    said = report({"kind": "output", "text": "x" * (MAX_OUTPUT_BYTES + 1)}).change.reports[0]
    assert said.step == 4
    assert size(said.payload["text"]) <= MAX_OUTPUT_BYTES


def test_a_batch_that_is_sent_twice_counts_once(report: Callable[..., Job]) -> None:
    once = report({"kind": "progress", "percent": 1}, batch="b1")
    assert report({"kind": "progress", "percent": 1}, job=once, batch="b1") is once
    assert report({"kind": "progress", "percent": 1}, job=once, batch="b2").version == once.version + 1


def test_a_late_report_of_an_old_attempt_changes_nothing(running: Callable[..., Job], now: datetime) -> None:
    again = lifecycle.retry(lifecycle.cancel(running(), now, "token:bob"), now, "token:bob")
    with pytest.raises(StaleAttempt, match="attempt 1, but the job is at attempt 2"):
        apply_batch(again, 1, None, told({"kind": "progress", "percent": 99}), now, "run:1")


def test_an_ended_job_takes_no_report(running: Callable[..., Job], now: datetime) -> None:
    with pytest.raises(IllegalTransition, match="CANCELLED"):
        apply_batch(
            lifecycle.cancel(running(), now, "token:bob"),
            1,
            None,
            told({"kind": "output", "text": "x"}),
            now,
            "run:1",
        )


@pytest.mark.parametrize("name", ["agent run", "dispatch", "guard rails", "gate build"])
@pytest.mark.parametrize("kind", ["step_started", "step_finished", "artifact"])
def test_the_stitchers_steps_are_not_the_runs_to_tell(
    report: Callable[..., Job], kind: str, name: str
) -> None:
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
def test_what_is_no_report_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ADAPTER.validate_python(wrong)


def test_steps_and_texts_are_bounded(report: Callable[..., Job]) -> None:
    with pytest.raises(InputTooLarge, match="reports"):
        report(*[{"kind": "output", "text": "x" * 40_000}] * 2)
    with pytest.raises(TooManySteps, match=str(MAX_STEPS)):
        report(*[{"kind": "step_finished", "name": f"s{n}"} for n in range(MAX_STEPS)])


def test_cleanup_is_a_phase_of_a_runs_step(report: Callable[..., Job]) -> None:
    assert report({"kind": "step_started", "name": "rm", "phase": "CLEANUP"}).steps[-1].phase is Phase.CLEANUP
