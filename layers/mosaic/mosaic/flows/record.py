"""Record: what one change of a stored job meant goes to the log."""

from __future__ import annotations

from mosaic.events.derive import derive
from mosaic.events.log import EventLog
from mosaic.jobs.model import Job


def record(old: Job | None, new: Job, log: EventLog) -> int:
    """Append the events between two versions, each once however often this is called; answers how many there are.

    Raises ValueError when the versions are not consecutive, and whatever the log raises.
    """
    events = derive(old, new)
    for event in events:
        log.append(new.workspace_id, event)
    return len(events)
