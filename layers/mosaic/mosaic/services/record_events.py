"""Record a change of a stored job: log its events, enqueue the jobs that it unblocks, and measure it."""

from __future__ import annotations

from aws_lambda_powertools import Logger

from mosaic.events.chain import link
from mosaic.events.derive import derive
from mosaic.events.measure import measure
from mosaic.events.model import Event
from mosaic.jobs.model import Job
from mosaic.metrics import Meter
from mosaic.services.wait_queue import WaitQueue
from mosaic.storage.event_log import EventLog

logger = Logger(child=True)


class EventRecorder:
    """Records changes. Recording the same change again has the same result."""

    def __init__(self, log: EventLog, wait_queue: WaitQueue, meter: Meter) -> None:
        self._log = log
        self._wait_queue = wait_queue
        self._meter = meter

    def record(self, old: Job | None, new: Job) -> tuple[Event, ...]:
        """Returns the events of the change after logging them; also enqueues unblocked jobs and emits metrics.

        Raises as the function `record` does.
        """
        events = record(old, new, self._log)
        self._wait_queue.job_changed(old, new)
        for measurement in measure(old, new):
            self._meter(measurement)
        return events


def record(old: Job | None, new: Job, log: EventLog) -> tuple[Event, ...]:
    """Appends the events between two versions, each once however often this is called; returns them all.

    Raises ValueError when the versions are not consecutive, and the errors of the log.
    """
    events = derive(old, new)
    if events and new.version_hash not in (
        None,
        link(old.version_hash if old else None, new.workspace_id, new.id, events),
    ):
        logger.error(
            "the events of a version do not match the hash saved with it", job_id=new.id, version=new.version
        )
    for event in events:
        log.append(new.workspace_id, event)
    return events
