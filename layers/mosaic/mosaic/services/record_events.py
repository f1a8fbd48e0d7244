"""Record: what one change of a stored job meant goes to the log, and calls whoever waits for it."""

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
    """What follows from a change of a stored job. Told of it again, it does the same again."""

    def __init__(self, log: EventLog, wait_queue: WaitQueue, meter: Meter) -> None:
        self._log = log
        self._wait_queue = wait_queue
        self._meter = meter

    def record(self, old: Job | None, new: Job) -> tuple[Event, ...]:
        """Its events, which are logged; whoever may go on because of it is called, and it is measured.

        Raises as `record` does.
        """
        events = record(old, new, self._log)
        self._wait_queue.job_changed(old, new)
        for measured in measure(old, new):
            self._meter(measured)
        return events


def record(old: Job | None, new: Job, log: EventLog) -> tuple[Event, ...]:
    """Append the events between two versions, each once however often this is called; answers them all.

    Raises ValueError when the versions are not consecutive, and whatever the log raises.
    """
    events = derive(old, new)
    if events and new.chain not in (None, link(old.chain if old else None, new.workspace_id, new.id, events)):
        logger.error("what a version says is not what it was sealed with", job_id=new.id, version=new.version)
    for event in events:
        log.append(new.workspace_id, event)
    return events
