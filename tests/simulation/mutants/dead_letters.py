"""Mutants of messages that cannot be processed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mosaic.jobs.roles import RequesterRole
from mosaic.services.dead_letter_job import DeadLetterHandler
from mosaic.services.redrive_dead_letters import DeadLetterRedrive, Redriven
from mosaic.services.sweep_due_jobs import RECHECK_AFTER, DueJobSweep
from mosaic.storage.dead_letters import DeadLetter
from mosaic.storage.job_queue import JobMessage
from mosaic.storage.jobs import DueJob
from tests.simulation.mutants.registry import Patch, mutant


@mutant
def dead_letter_is_not_stored() -> tuple[Patch, ...]:
    """The message of a job that was failed for it is deleted."""
    real = DeadLetterHandler.handle

    def handle(self: Any, body: str, sent_at: datetime) -> str:
        outcome = self._outcome(body, sent_at)
        return outcome if outcome.endswith("failed") else real(self, body, sent_at)

    return ((DeadLetterHandler, "handle", handle),)


@mutant
def dead_letter_handler_does_not_fail_the_job() -> tuple[Patch, ...]:
    """The message becomes a dead letter, and its job stays as it was."""
    return (
        (
            DeadLetterHandler,
            "_fail",
            lambda _self, job_message, _sent_at: f"job {job_message.job_id} is unchanged",
        ),
    )


@mutant
def redrive_deletes_first() -> tuple[Patch, ...]:
    """A dead letter is deleted before it is redriven."""
    real, received = DeadLetterRedrive._redrive_message, list[DeadLetter]()
    receive_until = DeadLetterRedrive._receive_until

    def receive_one_by_one(self: Any, enough: Any) -> Any:
        for dead_letter in receive_until(self, enough):
            received[:] = [dead_letter]
            yield dead_letter

    def redrive_message(self: Any, job_message: JobMessage, actor: str, role: RequesterRole) -> Redriven:
        self._dead_letters.delete(received[0])
        return real(self, job_message, actor, role)

    return (
        (DeadLetterRedrive, "_receive_until", receive_one_by_one),
        (DeadLetterRedrive, "_redrive_message", redrive_message),
    )


@mutant
def redrive_does_not_retry() -> tuple[Patch, ...]:
    """A failed job gets a message, but no retry."""

    def redrive_message(self: Any, job_message: JobMessage, _actor: str, _role: RequesterRole) -> Redriven:
        self._queue.send(job_message)
        return Redriven.model_validate({"jobId": job_message.job_id, "outcome": "sent"})

    return ((DeadLetterRedrive, "_redrive_message", redrive_message),)


@mutant
def unreadable_job_stops_the_sweep() -> tuple[Patch, ...]:
    """A due job that cannot be parsed blocks all due jobs after it."""

    def enqueue(self: Any, due: DueJob, now: datetime) -> bool:
        job = self._jobs.postpone(due, now + RECHECK_AFTER)
        return job is not None and self._enqueuer.enqueue(job, now, now)

    return ((DueJobSweep, "_enqueue", enqueue),)
