"""The events table in memory."""

from __future__ import annotations

from botocore.exceptions import ClientError
from pynamodb.exceptions import PutError

from mosaic.events.model import Event
from mosaic.storage.event_log import position

# The size limit of a DynamoDB item, in bytes.
LARGEST = 400 * 1024


class FakeEventLog:
    """`EventLog` that keeps the bytes of each event, as the real one does.

    It refuses events that are too large for DynamoDB, and the ids in `refuses` with the given error.
    `offered` is the last event that it was given.
    """

    def __init__(self) -> None:
        self._logs: dict[tuple[str, str], dict[str, str]] = {}
        self.refuses: dict[str, str] = {}
        self.offered = ""

    def append(self, workspace_id: str, event: Event) -> None:
        """See `EventLog.append`."""
        text = self.offered = event.model_dump_json(by_alias=True)
        code = "ValidationException" if len(text.encode()) > LARGEST else self.refuses.get(event.id)
        if code:
            raise PutError(cause=ClientError({"Error": {"Code": code}}, "PutItem"))
        log = self._logs.setdefault((workspace_id, event.job_id), {})
        log.setdefault(position(event), text)

    def page(self, workspace_id: str, job_id: str, after: str | None, limit: int) -> tuple[Event, ...]:
        """See `EventLog.page`."""
        log = self._logs.get((workspace_id, job_id), {})
        behind = sorted(place for place in log if after is None or place > after)
        return tuple(Event.model_validate_json(log[place]) for place in behind[:limit])

    def everything(self) -> dict[tuple[str, str], dict[str, str]]:
        """Returns a copy of all logs: the bytes of each event by workspace and job, and by position."""
        return {key: dict(log) for key, log in self._logs.items()}

    def raw(self, workspace_id: str, job_id: str) -> dict[str, str]:
        """Returns the log itself, to tamper with it."""
        return self._logs.setdefault((workspace_id, job_id), {})
