"""Record: what one change of a stored job meant goes to the log."""

from __future__ import annotations

from mosaic.events.derive import derive
from mosaic.events.log import EventLog
from mosaic.events.measure import measure
from mosaic.flows.line import Line
from mosaic.jobs.model import Job
from mosaic.metrics import Meter


class Recorder:
    """What follows from a change of a stored job. Told of it again, it does the same again."""

    def __init__(self, log: EventLog, line: Line, meter: Meter) -> None:
        self._log = log
        self._line = line
        self._meter = meter

    def record(self, old: Job | None, new: Job) -> None:
        """Its events are logged, whoever may go on because of it is called, and it is measured.

        Raises as `record` does.
        """
        record(old, new, self._log)
        self._line.moved(old, new)
        for measured in measure(old, new):
            self._meter(measured)


def record(old: Job | None, new: Job, log: EventLog) -> int:
    """Append the events between two versions, each once however often this is called; answers how many there are.

    Raises ValueError when the versions are not consecutive, and whatever the log raises.
    """
    events = derive(old, new)
    for event in events:
        log.append(new.workspace_id, event)
    return len(events)
