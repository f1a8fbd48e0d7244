"""Derives the metrics of a job's change. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mosaic.jobs.model import Job
from mosaic.jobs.states import GateStatus, JobStatus, StepStatus, Waiting
from mosaic.jobs.steps import AGENT_RUN
from mosaic.jobs.usage import usage_by_attempt
from mosaic.metrics import Measurement, Metric

_ENDS = {
    JobStatus.COMPLETED: Metric.JOBS_COMPLETED,
    JobStatus.FAILED: Metric.JOBS_FAILED,
    JobStatus.CANCELLED: Metric.JOBS_CANCELLED,
}
_WHY_FAILED = {"denied": Metric.JOBS_DENIED, "budget_exhausted": Metric.JOBS_HELD_BY_BUDGET}
_WAITS = {Waiting.APPROVAL: Metric.APPROVALS_REQUESTED, Waiting.SLOT: Metric.JOBS_WAITED_FOR_SLOT}
_GATES = {
    GateStatus.PASSED: Metric.GATES_PASSED,
    GateStatus.FAILED: Metric.GATES_FAILED,
    GateStatus.ERROR: Metric.GATES_FAILED,
    GateStatus.FORCED: Metric.GATES_FORCED,
}


def measure(old: Job | None, new: Job) -> tuple[Measurement, ...]:
    """Returns the measurements of the new version; none if the version is the same."""
    if old is None:
        return (Measurement(Metric.JOBS_CREATED),)
    if old.version == new.version:
        return ()
    return (*_states(old, new), *_dispatch(old, new), *_gates(old, new), *_runs(old, new))


def _states(old: Job, new: Job) -> Iterator[Measurement]:
    if new.attempt != old.attempt:
        yield Measurement(Metric.JOBS_RETRIED)
    if new.waiting is not old.waiting and new.waiting in _WAITS:
        yield Measurement(_WAITS[new.waiting])
    if new.status is old.status:
        return
    if new.status in _ENDS:
        yield Measurement(_ENDS[new.status])
    if new.status is JobStatus.FAILED and new.error and new.error.code in _WHY_FAILED:
        yield Measurement(_WHY_FAILED[new.error.code])
    if new.status is JobStatus.RUNNING and old.started_at is None:
        yield Measurement(Metric.JOBS_STARTED)
        since = max(filter(None, (old.queued_at, old.retry_at)), default=new.change.at)
        yield Measurement(Metric.QUEUE_LATENCY, _between(since, new.change.at))


def _dispatch(old: Job, new: Job) -> Iterator[Measurement]:
    before, dispatch = old.dispatch, new.dispatch
    if dispatch is None:
        return
    if dispatch.tries > (before.tries if before else 0):
        yield Measurement(Metric.DISPATCH_FAILURES)
    if dispatch.scheduled_run_id and not (before and before.scheduled_run_id) and new.started_at:
        yield Measurement(Metric.DISPATCH_LATENCY, _between(new.started_at, new.change.at))


def _gates(old: Job, new: Job) -> Iterator[Measurement]:
    known = {gate.id: gate.status for gate in old.gates} if old.attempt == new.attempt else {}
    for gate in new.gates:
        if gate.status is not known.get(gate.id) and gate.status in _GATES:
            yield Measurement(_GATES[gate.status])


def _runs(old: Job, new: Job) -> Iterator[Measurement]:
    ended = _ended_runs(new) - _ended_runs(old)
    for usage in usage_by_attempt(new.steps):
        if usage.attempt in ended:
            yield Measurement(Metric.RUN_DURATION, usage.duration_ms)
            yield Measurement(Metric.TOKENS_INPUT, usage.tokens_input)
            yield Measurement(Metric.TOKENS_OUTPUT, usage.tokens_output)
            yield from (Measurement(Metric.COST, float(cost), name) for name, cost in usage.cost.items())


def _ended_runs(job: Job) -> set[int]:
    """Returns the attempts whose run has ended."""
    return {
        step.attempt for step in job.steps if step.name == AGENT_RUN and step.status is not StepStatus.RUNNING
    }


def _between(earlier: datetime, later: datetime) -> float:
    return max(0.0, (later - earlier).total_seconds() * 1000)
