"""Redrive dead letters: retry the jobs that were dead-lettered, and send other job messages again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum

from pydantic import ValidationError

from mosaic.base import Value
from mosaic.jobs.errors import JobProblem
from mosaic.jobs.model import Job
from mosaic.jobs.roles import RequesterRole
from mosaic.jobs.states import JobStatus
from mosaic.services.control_job import JobControl
from mosaic.storage.dead_letters import DeadLetter, DeadLetters
from mosaic.storage.job_queue import JobMessage, Queue
from mosaic.storage.jobs import Jobs

DEAD_LETTERED = "dead_lettered"
# The most dead letters, of all workspaces, that one call receives. A request has to end in time.
MAX_RECEIVED = 200


class Outcome(StrEnum):
    """The outcome of redriving one message."""

    RETRIED = "retried"
    SENT = "sent"
    KEPT = "kept"


class Redriven(Value):
    """One message and its outcome."""

    job_id: str
    """The job that the message names"""
    outcome: Outcome
    """The job was retried, the message was sent again, or it was kept because the job cannot be processed"""
    reason: str | None = None
    """Why the message was kept"""


class DeadLetterRedrive:
    """Redrives the dead letters of one workspace; all others stay in the queue."""

    def __init__(self, jobs: Jobs, control: JobControl, queue: Queue, dead_letters: DeadLetters) -> None:
        self._jobs = jobs
        self._control = control
        self._queue = queue
        self._dead_letters = dead_letters

    def redrive(
        self, workspace_id: str, actor: str, limit: int, *, role: RequesterRole
    ) -> tuple[Redriven, ...]:
        """Redrives at most `limit` dead letters, deleting each only after its message. Raises QueueUnavailable.

        `role` is that of `actor`: a job is retried in the lower of its own role and this one.
        """
        done: list[Redriven] = []
        kept: list[DeadLetter] = []
        try:
            for dead_letter in self._receive_until(lambda: len(done) >= limit):
                kept.append(dead_letter)
                message = _parse_message(dead_letter)
                if message is None or message.workspace_id != workspace_id or len(done) >= limit:
                    continue
                done.append(self._redrive_message(message, actor, role))
                if done[-1].outcome is not Outcome.KEPT:
                    self._dead_letters.delete(kept.pop())
        finally:
            for dead_letter in kept:
                self._dead_letters.release(dead_letter)
        return tuple(done)

    def _receive_until(self, enough: Callable[[], bool]) -> Iterator[DeadLetter]:
        count = 0
        while count < MAX_RECEIVED and not enough() and (received := self._dead_letters.receive()):
            count += len(received)
            yield from received

    def _redrive_message(self, message: JobMessage, actor: str, role: RequesterRole) -> Redriven:
        try:
            job = self._jobs.get(message.workspace_id, message.job_id)
            if job and _is_dead_lettered(job):
                self._control.retry(job.workspace_id, job.id, actor, role=role)
                return Redriven(job_id=message.job_id, outcome=Outcome.RETRIED)
            if job and job.due_at:
                # A job that could not be read was excluded from the sweeps.
                self._jobs.defer(job, job.due_at)
        except ValidationError:
            return Redriven(job_id=message.job_id, outcome=Outcome.KEPT, reason="the job cannot be read")
        except JobProblem as problem:
            return Redriven(job_id=message.job_id, outcome=Outcome.KEPT, reason=str(problem))
        self._queue.send(message)
        return Redriven(job_id=message.job_id, outcome=Outcome.SENT)


def _is_dead_lettered(job: Job) -> bool:
    return job.status is JobStatus.FAILED and job.error is not None and job.error.code == DEAD_LETTERED


def _parse_message(dead_letter: DeadLetter) -> JobMessage | None:
    try:
        return JobMessage.model_validate_json(dead_letter.body)
    except ValidationError:
        return None
