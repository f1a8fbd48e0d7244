"""Messages that cannot be processed, and what is lost with them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mosaic.services.dead_letter_job import DeadLetterHandler
from mosaic.services.redrive_dead_letters import DeadLetterRedrive, Redriven
from mosaic.services.sweep_due_jobs import RECHECK_AFTER, DueJobSweep
from mosaic.storage.dead_letters import DeadLetter
from mosaic.storage.job_queue import JobMessage
from mosaic.storage.jobs import DueJob
from tests.simulation.mutants.registry import Patch, mutant


@mutant
def failed_jobs_need_no_letter() -> tuple[Patch, ...]:
    """The message of a job that was failed for it is not kept."""
    real = DeadLetterHandler.handle

    def take(self: Any, body: str, sent_at: datetime) -> str:
        said = self._said(body, sent_at)
        return said if said.endswith("failed") else real(self, body, sent_at)

    return ((DeadLetterHandler, "handle", take),)


@mutant
def poison_is_only_kept() -> tuple[Patch, ...]:
    """The message is set aside, and its job goes on as if nothing were."""
    return (
        (
            DeadLetterHandler,
            "_fail",
            lambda _self, job_message, _sent_at: f"job {job_message.job_id} is as it was",
        ),
    )


@mutant
def redrive_drops_first() -> tuple[Patch, ...]:
    """A dead letter is dropped before it is done."""
    real, held = DeadLetterRedrive._redrive_message, list[DeadLetter]()
    letters = DeadLetterRedrive._receive_until

    def until(self: Any, enough: Any) -> Any:
        for letter in letters(self, enough):
            held[:] = [letter]
            yield letter

    def again(self: Any, job_message: JobMessage, actor: str) -> Redriven:
        self._dead_letters.delete(held[0])
        return real(self, job_message, actor)

    return ((DeadLetterRedrive, "_receive_until", until), (DeadLetterRedrive, "_redrive_message", again))


@mutant
def redrive_only_sends() -> tuple[Patch, ...]:
    """A job that has failed is sent a message, which does nothing for it."""

    def again(self: Any, job_message: JobMessage, _actor: str) -> Redriven:
        self._queue.send(job_message)
        return Redriven.model_validate({"jobId": job_message.job_id, "outcome": "sent"})

    return ((DeadLetterRedrive, "_redrive_message", again),)


@mutant
def one_that_cannot_be_read_stops_the_sweep() -> tuple[Patch, ...]:
    """A due job that cannot be read holds up all that are due behind it."""

    def woken(self: Any, due: DueJob, now: datetime) -> bool:
        job = self._jobs.postpone(due, now + RECHECK_AFTER)
        return job is not None and self._enqueuer.enqueue(job, now, now)

    return ((DueJobSweep, "_enqueue", woken),)
