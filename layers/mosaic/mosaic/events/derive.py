"""Derives the events between two versions of a job. Pure: the same versions give the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from mosaic.base import rfc3339
from mosaic.events.model import Event, EventType
from mosaic.jobs.gates import Gate
from mosaic.jobs.model import Job
from mosaic.jobs.states import GateStatus, JobStatus, StepStatus, StepType, Waiting
from mosaic.jobs.value_objects import Approval, GuardDecision, Step


@dataclass(frozen=True)
class Fact:
    """An event without its id and position: its type, its payload and its step."""

    type: EventType
    payload: dict[str, Any] = field(default_factory=dict)
    step: int | None = None


def derive(old: Job | None, new: Job) -> tuple[Event, ...]:
    """Returns the events of version `new.version`, at least one, in order.

    `old` is the previous version, None for the first. The same version again gives no event. Raises
    ValueError unless the two are consecutive versions of one job.
    """
    if old and old.version == new.version:
        return ()
    if new.version != (old.version + 1 if old else 1) or (old and old.id != new.id):
        raise ValueError(
            f"job {new.id}: version {new.version} does not follow {old.version if old else 'nothing'}"
        )
    facts = tuple(_facts(old, new)) or (Fact(EventType.JOB_PROGRESS, _progress(new)),)
    return tuple(_event(new, index, fact) for index, fact in enumerate(facts))


def _event(job: Job, index: int, fact: Fact) -> Event:
    return Event(
        id=f"{job.id}-{job.version}-{index}",
        job_id=job.id,
        version=job.version,
        index=index,
        type=fact.type,
        actor=job.change.actor,
        timestamp=job.change.at,
        step_id=None if fact.step is None else str(fact.step),
        payload={name: value for name, value in fact.payload.items() if value is not None},
        hash=job.version_hash,
    )


def _facts(old: Job | None, new: Job) -> Iterator[Fact]:
    yield from _opening(old, new)
    yield from _rails(old, new)
    yield from _steps(old.steps if old else (), new)
    yield from _dispatch(old, new)
    yield from _committed(old, new)
    yield from _gates(old.gates if old and old.attempt == new.attempt else (), new.gates)
    yield from _reported(new)
    yield from _progressed(old, new)
    yield from _closing(old, new)


def _opening(old: Job | None, new: Job) -> Iterator[Fact]:
    if old is None:
        yield Fact(EventType.JOB_CREATED, _created(new))
    elif new.attempt != old.attempt:
        changed = new.instructions if new.instructions != old.instructions else None
        yield Fact(EventType.JOB_RETRIED, {"attempt": new.attempt, "instructions": changed})
    if new.approval and (old is None or new.approval != old.approval):
        yield _answered(new.approval)
    if old is None or new.status is not old.status:
        if new.status is JobStatus.QUEUED:
            retry_at = rfc3339(new.retry_at) if new.retry_at else None
            payload = {"attempt": new.attempt, "reason": new.change.reason, "retryAt": retry_at}
            yield Fact(EventType.JOB_QUEUED, payload)
        if new.status is JobStatus.RUNNING and not (old and old.status is JobStatus.FAILED):
            yield Fact(EventType.JOB_STARTED, {"attempt": new.attempt})


def _answered(answer: Approval) -> Fact:
    event_type = EventType.JOB_APPROVED if answer.approved else EventType.JOB_DENIED
    payload = {
        "reason": answer.reason,
        "capabilities": list(answer.capabilities),
        "scope": answer.scope,
        "standing": list(answer.standing) or None,
        "until": rfc3339(answer.until) if answer.until else None,
        "textHash": answer.text_hash,
    }
    return Fact(event_type, payload)


def _approval_request(job: Job, guard: GuardDecision) -> dict[str, Any]:
    return {
        "capabilities": list(guard.refused),
        "requestedBy": sorted(job.requesters),
        "until": rfc3339(job.expires_at) if job.expires_at else None,
    }


def _created(job: Job) -> dict[str, Any]:
    return {
        "type": job.type,
        "profile": job.profile,
        "repository": job.repository,
        "issueNumber": job.issue_number,
        "source": job.source.model_dump(mode="json", by_alias=True, exclude_none=True),
        "priority": job.priority,
        "runAt": rfc3339(job.run_at) if job.run_at else None,
    }


def _rails(old: Job | None, new: Job) -> Iterator[Fact]:
    if new.guard and (old is None or new.guard != old.guard):
        yield Fact(EventType.RAILS_GUARD, new.guard.model_dump(mode="json", by_alias=True))
    if new.quality and (old is None or new.quality != old.quality):
        yield Fact(EventType.RAILS_QUALITY, new.quality.model_dump(mode="json", by_alias=True))


def _dispatch(old: Job | None, new: Job) -> Iterator[Fact]:
    before, dispatch = (old.dispatch if old else None), new.dispatch
    if dispatch is None or dispatch == before:
        return
    if dispatch.tries > (before.tries if before else 0):
        yield Fact(EventType.DISPATCH_FAILED, {"error": dispatch.last_error, "tries": dispatch.tries})
    if dispatch.scheduled_run_id and not (before and before.scheduled_run_id):
        accepted = {
            "scheduledRunId": dispatch.scheduled_run_id,
            "agent": dispatch.agent,
            "tools": list(dispatch.tools),
        }
        yield Fact(EventType.DISPATCH_ACCEPTED, {**accepted, "messageVersion": dispatch.message_version})


_STEP_ENDED = {
    StepStatus.COMPLETED: EventType.STEP_COMPLETED,
    StepStatus.SKIPPED: EventType.STEP_COMPLETED,
    StepStatus.FAILED: EventType.STEP_FAILED,
}


def _steps(before: tuple[Step, ...], new: Job) -> Iterator[Fact]:
    for position, step in enumerate(new.steps):
        known = before[position] if position < len(before) else None
        if step == known or step.type is StepType.GATE:
            if step != known and step.status is StepStatus.RUNNING:
                yield Fact(EventType.GATE_STARTED, {"gate": step.name.removeprefix("gate ")}, step.ordinal)
            continue
        yield from _step(known, step)


def _step(known: Step | None, step: Step) -> Iterator[Fact]:
    if known is None:
        yield Fact(EventType.STEP_STARTED, _named(step), step.ordinal)
    ended = _STEP_ENDED.get(step.status)
    if ended:
        result = {"status": step.status.value, "durationMs": step.duration_ms, "output": step.output}
        yield Fact(ended, {**_named(step), **result}, step.ordinal)
    if step.tokens_input is not None or step.tokens_output is not None:
        tokens = {"tokensInput": step.tokens_input, "tokensOutput": step.tokens_output}
        yield Fact(EventType.AI_TOKENS_USED, tokens, step.ordinal)


def _named(step: Step) -> dict[str, Any]:
    return {"name": step.name, "type": step.type.value, "phase": step.phase.value}


_GATE_EVENTS = {
    GateStatus.PASSED: EventType.GATE_PASSED,
    GateStatus.FAILED: EventType.GATE_FAILED,
    GateStatus.ERROR: EventType.GATE_FAILED,
    GateStatus.FORCED: EventType.GATE_FORCED,
}


def _gates(before: tuple[Gate, ...], after: tuple[Gate, ...]) -> Iterator[Fact]:
    known = {gate.id: gate for gate in before}
    for gate in after:
        event_type = _GATE_EVENTS.get(gate.status)
        last = known.get(gate.id)
        if event_type and (last is None or _report(gate) != _report(last)):
            yield Fact(event_type, _report(gate))


def _report(gate: Gate) -> dict[str, Any]:
    """Returns the gate's report, without its rule and its deadline."""
    rule = {"id", "passes_when", "timeout_seconds", "expires_at", "forge_version"}
    report = gate.model_dump(mode="json", by_alias=True, exclude_none=True, exclude=rule)
    return {"gate": gate.id, **report, "numbers": gate.numbers or None}


_RUN_REPORT_EVENTS = {
    "output": EventType.STEP_OUTPUT,
    "tool_call": EventType.AI_TOOL_CALLED,
    "artifact": EventType.AI_ARTIFACT_CREATED,
    "progress": EventType.JOB_PROGRESS,
}


def _committed(old: Job | None, new: Job) -> Iterator[Fact]:
    """Yields an event if the job is validated against another commit, which opens its gates again."""
    if old and old.attempt == new.attempt and old.commit_sha not in (None, new.commit_sha):
        named = {"commitSha": new.commit_sha, "commitBy": new.commit_by}
        yield Fact(EventType.JOB_PROGRESS, {**named, "replaces": old.commit_sha})


def _reported(new: Job) -> Iterator[Fact]:
    for report in new.change.reports:
        yield Fact(_RUN_REPORT_EVENTS[report.kind], report.payload, report.step)


def _progressed(old: Job | None, new: Job) -> Iterator[Fact]:
    if old is None or new.status is not JobStatus.RUNNING:
        return
    if old.status is JobStatus.FAILED or (new.status is old.status and new.phase is not old.phase):
        yield Fact(EventType.JOB_PROGRESS, _progress(new))


def _progress(job: Job) -> dict[str, Any]:
    phase = job.phase.value if job.phase else None
    return {
        "phase": phase,
        "progressPercent": job.progress_percent,
        "commitSha": job.commit_sha,
        "reason": job.change.reason,
    }


def _closing(old: Job | None, new: Job) -> Iterator[Fact]:
    if old is not None and new.status is old.status:
        return
    if new.waiting is Waiting.APPROVAL and new.guard:
        yield Fact(EventType.JOB_APPROVAL_REQUIRED, _approval_request(new, new.guard))
    if new.status is JobStatus.COMPLETED:
        forced = [gate.id for gate in new.gates if gate.status is GateStatus.FORCED]
        commit = {"commitSha": new.commit_sha, "commitBy": new.commit_by}
        yield Fact(EventType.JOB_COMPLETED, {**commit, "forcedGates": forced or None})
    if new.status is JobStatus.FAILED and new.error:
        yield Fact(EventType.JOB_FAILED, new.error.model_dump(mode="json", by_alias=True))
    if new.status is JobStatus.CANCELLED:
        yield Fact(EventType.JOB_CANCELLED, {"reason": new.change.reason})
