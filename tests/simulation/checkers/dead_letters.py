"""Checks messages that cannot be processed, and the jobs that they name."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from math import inf

from pydantic import ValidationError

from mosaic.jobs.lifecycle import ENDED
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus
from mosaic.services.dead_letter_job import ACTOR, MAX_CLOCK_SKEW
from mosaic.services.redrive_dead_letters import DEAD_LETTERED
from mosaic.storage.job_queue import JobMessage
from tests.fakes.storage.job_queue import Message
from tests.simulation.simulator.cloud import Cloud
from tests.simulation.simulator.functions import TIMEOUTS

# The minimum number of times that the dead-letter function tries a message.
MIN_TRIES = 5


class DeadLetterChecker:
    """Observes the queue of failed dispatches and the dead letters. Times are in seconds of the schedule."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._sent_at: dict[str, list[datetime]] = defaultdict(list)
        self._received_before: dict[str, int] = {}
        self._added: Counter[str] = Counter()
        self._deleted: dict[str, set[int]] = defaultdict(set)
        self._enqueued_at: dict[str, float] = {}
        self._excluded_at: dict[str, float] = {}
        self._kept_alive: list[Message] = []
        cloud.failed_dispatches.on_adopt = self._moved_in

    def saved(self, old: Job | None, new: Job) -> Iterator[str]:
        """9. The dead-letter function changes a job only to FAILED with the code `dead_lettered`."""
        if old and new.attempt > old.attempt:
            self.enqueued(new.id)
        code = new.error.code if new.error else None
        if new.change.actor == ACTOR and (new.status, code) != (JobStatus.FAILED, DEAD_LETTERED):
            yield f"the dead-letter function left it {new.status}, {code}"

    def enqueued(self, job_id: str) -> None:
        """Notes that the job was retried, or that a message was sent for it."""
        self._enqueued_at[job_id] = self._cloud.schedule.now

    def excluded_from_sweep(self, job_id: str) -> None:
        """Notes that the job could not be parsed, and was excluded from sweeps."""
        self._excluded_at[job_id] = self._cloud.schedule.now

    def added(self, body: str) -> Iterator[str]:
        """9. A message becomes a dead letter if its job has ended, was changed since, or could not be parsed."""
        self._added[body] += 1
        job = self._job(body)
        if job and self._cloud.schedule.now - self._excluded_at.get(job.id, -inf) <= TIMEOUTS["dead-letter"]:
            return
        if job is None or job.status in ENDED or not self._sent_at[body]:
            return
        if job.change.at <= min(self._sent_at[body]) + MAX_CLOCK_SKEW:
            yield f"its message became a dead letter while it was {job.status}"

    def handled(self, message: Message) -> Iterator[str]:
        """9. A failed message is deleted only after it was stored as a dead letter."""
        self._deleted[message.body].add(id(message))
        if len(self._deleted[message.body]) > self._added[message.body]:
            yield f"a message was deleted and is not a dead letter: {message.body[:90]}"

    def moved_to_dead_letters(self, message: Message) -> Iterator[str]:
        """9. SQS moves a message to the dead letters only after the dead-letter function tried it MIN_TRIES times."""
        tries = message.receives - self._received_before[message.body]
        if tries < MIN_TRIES:
            yield f"a message is moved to the dead letters after {tries} tries: {message.body[:90]}"

    def dead_letter_deleted(self, body: str) -> Iterator[str]:
        """9. A dead letter is deleted only after its job was retried, or its message was sent again."""
        schedule, job_message = self._cloud.schedule, parse_message(body)
        started_at = schedule.process.deadline - TIMEOUTS["api"] if schedule.process else schedule.now
        if job_message is None or self._enqueued_at.get(job_message.job_id, -1.0) < started_at:
            yield f"a dead letter was deleted without an effect: {body[:90]}"

    def at_end(self) -> Iterator[str]:
        """9. Every dead-lettered job that was not retried has a dead letter."""
        job_ids = {
            job_message.job_id
            for job_message in map(parse_message, self._cloud.dead_letters.bodies)
            if job_message
        }
        for job in self._cloud.jobs.everything():
            dead_lettered = job.status is JobStatus.FAILED and job.error and job.error.code == DEAD_LETTERED
            if dead_lettered and job.id not in job_ids:
                yield f"job {job.id[-2:]} is dead-lettered, and has no dead letter"

    def _moved_in(self, message: Message) -> None:
        self._sent_at[message.body].append(message.sent_at)
        previous = self._received_before.get(message.body, 0)
        self._received_before[message.body] = max(previous, message.receives)
        self._kept_alive.append(message)  # keeps `id(message)` unique

    def _job(self, body: str) -> Job | None:
        job_message = parse_message(body)
        if (
            job_message is None
            or (job_message.workspace_id, job_message.job_id) in self._cloud.jobs.unreadable
        ):
            return None
        return self._cloud.jobs.get(job_message.workspace_id, job_message.job_id)


def parse_message(body: str) -> JobMessage | None:
    try:
        return JobMessage.model_validate_json(body)
    except ValidationError:
        return None
