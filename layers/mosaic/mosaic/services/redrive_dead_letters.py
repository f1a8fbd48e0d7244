"""Redrive: what was set aside is put back, and jobs that failed for it are tried again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum

from pydantic import ValidationError

from mosaic.base import Value
from mosaic.jobs.errors import JobProblem
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus
from mosaic.services.control_job import JobControl
from mosaic.storage.dead_letters import DeadLetter, DeadLetters
from mosaic.storage.job_queue import JobMessage, Queue
from mosaic.storage.jobs import Jobs

DEAD_LETTERED = "dead_lettered"
# So many letters are looked at in one go, whosever they are: a request has to end.
LOOKED_AT = 200


class Outcome(StrEnum):
    """What became of a message that was set aside."""

    RETRIED = "retried"
    SENT = "sent"
    KEPT = "kept"


class Redriven(Value):
    """What became of one message."""

    job_id: str
    """The job that it names"""
    outcome: Outcome
    """The job was retried, the message was sent again, or it was kept because the job cannot be worked on"""
    reason: str | None = None
    """Why it was kept"""


class DeadLetterRedrive:
    """Puts back a workspace's dead letters. A letter of another workspace, or of nobody, stays where it is."""

    def __init__(self, jobs: Jobs, control: JobControl, queue: Queue, letters: DeadLetters) -> None:
        self._jobs = jobs
        self._control = control
        self._queue = queue
        self._letters = letters

    def redrive(self, workspace_id: str, actor: str, limit: int) -> tuple[Redriven, ...]:
        """At most `limit` letters, each dropped only once it is done. Raises QueueUnavailable."""
        done: list[Redriven] = []
        kept: list[DeadLetter] = []
        try:
            for letter in self._receive_until(lambda: len(done) >= limit):
                kept.append(letter)
                job_message = parse_message(letter)
                if job_message is None or job_message.workspace_id != workspace_id or len(done) >= limit:
                    continue
                done.append(self._redrive_message(job_message, actor))
                if done[-1].outcome is not Outcome.KEPT:
                    self._letters.delete(kept.pop())
        finally:
            for letter in kept:
                self._letters.release(letter)
        return tuple(done)

    def _receive_until(self, enough: Callable[[], bool]) -> Iterator[DeadLetter]:
        looked = 0
        while looked < LOOKED_AT and not enough() and (found := self._letters.receive()):
            looked += len(found)
            yield from found

    def _redrive_message(self, job_message: JobMessage, actor: str) -> Redriven:
        try:
            job = self._jobs.get(job_message.workspace_id, job_message.job_id)
            if job and _is_dead_lettered(job):
                self._control.retry(job.workspace_id, job.id, actor)
                return Redriven(job_id=job_message.job_id, outcome=Outcome.RETRIED)
            if job and job.due_at:
                # One that could not be read was taken out of the sweeps.
                self._jobs.defer(job, job.due_at)
        except ValidationError:
            return Redriven(job_id=job_message.job_id, outcome=Outcome.KEPT, reason="the job cannot be read")
        except JobProblem as problem:
            return Redriven(job_id=job_message.job_id, outcome=Outcome.KEPT, reason=str(problem))
        self._queue.send(job_message)
        return Redriven(job_id=job_message.job_id, outcome=Outcome.SENT)


def _is_dead_lettered(job: Job) -> bool:
    return job.status is JobStatus.FAILED and job.error is not None and job.error.code == DEAD_LETTERED


def parse_message(letter: DeadLetter) -> JobMessage | None:
    try:
        return JobMessage.model_validate_json(letter.body)
    except ValidationError:
        return None
