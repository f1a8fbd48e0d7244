"""Reports of a run in progress: progress, steps, output, tool calls, artifacts. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from mosaic.base import Request, SentBool, SentInt
from mosaic.constraints import WebAddress
from mosaic.jobs import lifecycle, steps
from mosaic.jobs.errors import IllegalTransition, InputTooLarge, ReservedStep, StaleAttempt, TooManySteps
from mosaic.jobs.limits import MAX_BATCH_BYTES, MAX_BATCHES, MAX_OUTPUT_BYTES, MAX_STEPS
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Phase, StepStatus, StepType
from mosaic.jobs.text import cut, size
from mosaic.jobs.value_objects import RunReport
from mosaic.redaction import WITHOUT_SECRETS

MAX_REPORTS = 50

_Name = Annotated[str, Field(min_length=1, max_length=100), WITHOUT_SECRETS]
_Tokens = Annotated[SentInt, Field(ge=0, le=10**12)]
_Text = Annotated[str, Field(max_length=MAX_BATCH_BYTES), WITHOUT_SECRETS]


class Progress(Request):
    """The progress of the run."""

    kind: Literal["progress"]
    """The kind of report"""
    percent: Annotated[SentInt, Field(ge=0, le=100)]
    """The progress in percent"""
    message: Annotated[str, Field(max_length=500), WITHOUT_SECRETS] | None = None
    """A short comment on the progress"""


class StepStarted(Request):
    """The start of a step of the run."""

    kind: Literal["step_started"]
    """The kind of report"""
    name: _Name
    """The name of the step, unique in an attempt"""
    type: Literal[StepType.COMMAND, StepType.AI_ACTION] = StepType.COMMAND
    """The type of the step"""
    phase: Literal[Phase.SETUP, Phase.EXECUTION, Phase.CLEANUP] = Phase.EXECUTION
    """The phase of the step"""


class StepFinished(Request):
    """The end of a step of the run. A step that was not started counts as started now."""

    kind: Literal["step_finished"]
    """The kind of report"""
    name: _Name
    """The name of the step"""
    status: Literal[StepStatus.COMPLETED, StepStatus.FAILED, StepStatus.SKIPPED] = StepStatus.COMPLETED
    """The result of the step"""
    tokens_input: _Tokens | None = None
    """Tokens that the model read"""
    tokens_output: _Tokens | None = None
    """Tokens that the model wrote"""
    output: _Text | None = None
    """The output of the step"""


class Output(Request):
    """Output of the run or of one of its steps; 4 KiB of it are kept."""

    kind: Literal["output"]
    """The kind of report"""
    text: _Text
    """The output"""
    step: _Name | None = None
    """The step that made the output; the agent's run if absent"""


class ToolCall(Request):
    """A tool call of the agent."""

    kind: Literal["tool_call"]
    """The kind of report"""
    tool: _Name
    """The tool's name"""
    input: Annotated[str, Field(max_length=4000), WITHOUT_SECRETS] | None = None
    """The input of the call"""
    ok: SentBool | None = None
    """True if the call succeeded"""
    duration_ms: Annotated[SentInt, Field(ge=0, le=10**10)] | None = None
    """The duration of the call, in milliseconds"""


class Artifact(Request):
    """An artifact of the run that is stored elsewhere."""

    kind: Literal["artifact"]
    """The kind of report"""
    name: _Name
    """The name of the artifact"""
    url: WebAddress | None = None
    """The link to the artifact"""
    size_bytes: Annotated[SentInt, Field(ge=0, le=10**15)] | None = None
    """The size of the artifact, in bytes"""


Report = Annotated[
    Progress | StepStarted | StepFinished | Output | ToolCall | Artifact, Field(discriminator="kind")
]


def apply_batch(
    job: Job, attempt: int, batch_id: str | None, reports: tuple[Report, ...], now: datetime, actor: str
) -> Job:
    """Returns the next version of the job with the batch applied. A repeated batch id changes nothing.

    Raises StaleAttempt, ReservedStep and TooManySteps. Raises IllegalTransition unless the job is RUNNING.
    Raises InputTooLarge if the texts of the batch together exceed MAX_BATCH_BYTES.
    """
    if attempt != job.attempt:
        raise StaleAttempt(attempt, job.attempt)
    if job.status is not JobStatus.RUNNING:
        raise IllegalTransition("reported on", job.status.value)
    if batch_id is not None and batch_id in job.batches:
        return job
    if sum(map(size, _texts(reports))) > MAX_BATCH_BYTES:
        raise InputTooLarge("reports", MAX_BATCH_BYTES)
    changed = job
    for report in reports:
        changed = _apply(changed, report, now)
    if len(changed.steps) > MAX_STEPS:
        raise TooManySteps(MAX_STEPS)
    known = (*job.batches, batch_id)[-MAX_BATCHES:] if batch_id is not None else job.batches
    run_reports = tuple(
        _run_report(changed, report)
        for report in reports
        if not isinstance(report, StepStarted | StepFinished)
    )
    return lifecycle.change(changed, now, actor, reports=run_reports, batches=known)


def _texts(reports: tuple[Report, ...]) -> Iterator[str]:
    for report in reports:
        yield from (value for _, value in report if isinstance(value, str))


def _apply(job: Job, report: Report, now: datetime) -> Job:
    if isinstance(report, Progress):
        return job.evolve(progress_percent=report.percent)
    if isinstance(report, StepStarted):
        begun = steps.started(
            job.steps, job.attempt, report.phase, report.type, _checked_name(report.name), now
        )
        return job.evolve(steps=begun)
    if isinstance(report, StepFinished):
        return job.evolve(steps=_finished_step(job, report, now))
    if isinstance(report, Artifact):
        return job.evolve(steps=_artifact_step(job, report, now))
    return job


def _checked_name(name: str) -> str:
    if steps.is_reserved(name):
        raise ReservedStep(name)
    return name


def _finished_step(job: Job, report: StepFinished, now: datetime) -> steps.Steps:
    job_steps, name = job.steps, _checked_name(report.name)
    if not steps.is_running(job_steps, job.attempt, name):
        job_steps = steps.started(job_steps, job.attempt, Phase.EXECUTION, StepType.COMMAND, name, now)
    tokens = {"tokens_input": report.tokens_input, "tokens_output": report.tokens_output}
    return steps.ended(job_steps, job.attempt, name, report.status, now, report.output, **tokens)


def _artifact_step(job: Job, report: Artifact, now: datetime) -> steps.Steps:
    name = _checked_name(report.name)
    begun = steps.started(job.steps, job.attempt, Phase.EXECUTION, StepType.ARTIFACT, name, now)
    return steps.ended(begun, job.attempt, name, StepStatus.COMPLETED, now, report.url)


def _run_report(job: Job, report: Report) -> RunReport:
    if isinstance(report, Progress):
        return RunReport(kind="progress", payload=_payload(report))
    if isinstance(report, Output):
        text = {"text": cut(report.text, MAX_OUTPUT_BYTES)}
        return RunReport(kind="output", step=_ordinal(job, report.step), payload=text)
    if isinstance(report, ToolCall):
        return RunReport(kind="tool_call", payload=_payload(report))
    return RunReport(kind="artifact", step=_ordinal(job, report.name), payload=_payload(report))


def _payload(report: Request) -> dict[str, Any]:
    return report.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"kind"})


def _ordinal(job: Job, name: str | None) -> int | None:
    """Returns the ordinal of the attempt's latest step of this name; without a name, of the agent's run."""
    step_name = name or steps.AGENT_RUN
    ordinals = [step.ordinal for step in job.steps if step.attempt == job.attempt and step.name == step_name]
    return ordinals[-1] if ordinals else None
