"""All attempts of a job: the ended ones and the current one. Pure."""

from __future__ import annotations

from mosaic.jobs.attempt_records import AttemptRecord, AttemptView, GateOutcome
from mosaic.jobs.model import Job
from mosaic.jobs.usage import AttemptUsage, usage_by_attempt


def present(job: Job) -> AttemptRecord:
    """Returns the record of the job's current attempt."""
    record = AttemptRecord(
        attempt=job.attempt,
        status=job.status,
        error=job.error,
        cancelled=job.cancelled,
        commit_sha=job.commit_sha,
        commit_by=job.commit_by,
        gates=tuple(GateOutcome.of(gate) for gate in job.gates),
        queued_at=job.queued_at,
        started_at=job.started_at,
        completed_at=job.completed_at,
    )
    return record.bounded()


def attempts(job: Job) -> tuple[AttemptView, ...]:
    """Returns every attempt of the job with its usage, oldest first. The last one is the current attempt."""
    records = {record.attempt: record for record in (*job.past_attempts, present(job))}
    used = {usage.attempt: usage for usage in usage_by_attempt(job.steps)}
    return tuple(
        AttemptView(
            **{
                **dict(used.get(number) or AttemptUsage(attempt=number)),
                **dict(records.get(number) or AttemptRecord(attempt=number)),
            }
        )
        for number in range(1, job.attempt + 1)
    )
