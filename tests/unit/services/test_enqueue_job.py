"""A message is sent for the moment of the job's next step, to the queue of the job's priority."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from mosaic.jobs import lifecycle
from mosaic.jobs.model import Job
from mosaic.services.enqueue_job import URGENT_FROM_PRIORITY, JobEnqueuer
from tests.fakes import samples
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.storage.job_queue import FakeQueue

SECOND = timedelta(seconds=1)
QUEUED = samples.job()
DELAYED = samples.job(run_at=NOON + 30 * SECOND)
AWAY = QUEUED.evolve(retry_at=NOON + 4.2 * SECOND)


@pytest.mark.parametrize(
    ("job", "at", "delay"),
    [
        (QUEUED, None, 0),
        (DELAYED, None, 30),
        (DELAYED, NOON + 45 * SECOND, 45),
        (AWAY, None, 5),
        (AWAY, NOON - SECOND, 0),
        (lifecycle.cancel(QUEUED, NOON, "ada").evolve(due_at=NOON), None, 0),
        (QUEUED, NOON + 900 * SECOND, 900),
        # A longer delay than the queue allows: the sweep enqueues the job.
        (QUEUED, NOON + 901 * SECOND, None),
    ],
)
def test_message_is_delayed_to_the_next_step(job: Job, at: datetime | None, delay: int | None) -> None:
    queue = FakeQueue(FakeClock())
    JobEnqueuer(queue).enqueue(job, NOON, at)
    expected = [] if delay is None else [NOON + delay * SECOND]
    assert [message.visible_at for message in queue.messages] == expected


@pytest.mark.parametrize("priority", range(10))
def test_urgent_job_uses_the_urgent_queue(priority: int) -> None:
    plain, urgent = FakeQueue(FakeClock()), FakeQueue(FakeClock())
    JobEnqueuer(plain, urgent).enqueue(samples.job(priority=priority), NOON)
    assert (len(plain.messages), len(urgent.messages)) == (
        (0, 1) if priority >= URGENT_FROM_PRIORITY else (1, 0)
    )


def test_unreachable_queue_raises_no_error() -> None:
    queue = FakeQueue(FakeClock())
    queue.down = True
    JobEnqueuer(queue).enqueue(QUEUED, NOON)
    assert queue.messages == []
