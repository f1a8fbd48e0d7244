"""What is seen of messages that cannot be processed: who has them, and what becomes of their jobs."""

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
from tests.fakes.job_queue import Message
from tests.simulation.simulator.cloud import Cloud
from tests.simulation.simulator.functions import TIMEOUTS

# How often the poison function tries a message at least.
MIN_TRIES = 5


class DeadLetterChecker:
    """The poison queue and the dead letters of a cloud, and what was done for the jobs that they name."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._sent_at: dict[str, list[datetime]] = defaultdict(list)
        self._received_before: dict[str, int] = {}
        self._added: Counter[str] = Counter()
        self._deleted: dict[str, set[int]] = defaultdict(set)
        self._enqueued_at: dict[str, float] = {}
        self._unscheduled_at: dict[str, float] = {}
        self._kept_alive: list[Message] = []
        cloud.failed_dispatches.on_adopt = self._moved_in

    def saved(self, old: Job | None, new: Job) -> Iterator[str]:
        """A poisoned job is FAILED, with the code that says so; nobody else's is."""
        if old and new.attempt > old.attempt:
            self.enqueued(new.id)
        code = new.error.code if new.error else None
        if new.change.actor == ACTOR and (new.status, code) != (JobStatus.FAILED, DEAD_LETTERED):
            yield f"poison left it {new.status}, {code}"

    def enqueued(self, job_id: str) -> None:
        """The job was retried, or a message was sent for it."""
        self._enqueued_at[job_id] = self._cloud.schedule.now

    def unscheduled(self, job_id: str) -> None:
        """The job could not be read, and was taken out of the sweeps."""
        self._unscheduled_at[job_id] = self._cloud.schedule.now

    def added(self, body: str) -> Iterator[str]:
        """The poison function sets a message aside: its job has ended, has gone on since it was sent, or could not be
        read when the function looked.
        """
        self._added[body] += 1
        job = self._job(body)
        if (
            job
            and self._cloud.schedule.now - self._unscheduled_at.get(job.id, -inf) <= TIMEOUTS["dead-letter"]
        ):
            return
        if job is None or job.status in ENDED or not self._sent_at[body]:
            return
        if job.change.at <= min(self._sent_at[body]) + MAX_CLOCK_SKEW:
            yield f"its message is set aside, and it is still {job.status}"

    def handled(self, message: Message) -> Iterator[str]:
        """A message that could not be processed is taken for done once it is set aside."""
        self._deleted[message.body].add(id(message))
        if len(self._deleted[message.body]) > self._added[message.body]:
            yield f"a message is gone, and nobody has set it aside: {message.body[:90]}"

    def moved_to_dead_letters(self, message: Message) -> Iterator[str]:
        """SQS moves a message to the dead letters only after the poison function has tried it often enough."""
        tries = message.receives - self._received_before[message.body]
        if tries < MIN_TRIES:
            yield f"a message is moved to the dead letters after {tries} tries: {message.body[:90]}"

    def dropped(self, body: str) -> Iterator[str]:
        """A dead letter is dropped once its job was retried, or its message was sent again."""
        schedule, job_message = self._cloud.schedule, parse_message(body)
        started_at = schedule.process.deadline - TIMEOUTS["api"] if schedule.process else schedule.now
        if job_message is None or self._enqueued_at.get(job_message.job_id, -1.0) < started_at:
            yield f"a dead letter is dropped, and nothing was done for it: {body[:90]}"

    def at_end(self) -> Iterator[str]:
        """Who was poisoned and was not brought back has a letter that can be put back."""
        job_ids = {
            job_message.job_id
            for job_message in map(parse_message, self._cloud.dead_letters.bodies)
            if job_message
        }
        for job in self._cloud.jobs.everything():
            dead_lettered = job.status is JobStatus.FAILED and job.error and job.error.code == DEAD_LETTERED
            if dead_lettered and job.id not in job_ids:
                yield f"job {job.id[-2:]} is poisoned, and no dead letter names it"

    def _moved_in(self, message: Message) -> None:
        self._sent_at[message.body].append(message.sent_at)
        previous = self._received_before.get(message.body, 0)
        self._received_before[message.body] = max(previous, message.receives)
        self._kept_alive.append(message)  # so that no other has its identity

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
