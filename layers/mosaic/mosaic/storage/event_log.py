"""The append-only log of events. Only the recorder writes it."""

from __future__ import annotations

from typing import Protocol

from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.models import Model

from mosaic.events.model import Event
from mosaic.storage.dynamodb import bind, is_condition_failed


class EventLog(Protocol):
    """The event log, as the services use it."""

    def append(self, workspace_id: str, event: Event) -> None:
        """Adds the event; changes nothing if it is already there."""

    def page(self, workspace_id: str, job_id: str, after: str | None, limit: int) -> tuple[Event, ...]:
        """Returns at most `limit` events of the job in order, after the position `after` (strongly
        consistent).
        """


class EventItem(Model):
    """The item of an event."""

    class Meta:
        """The table is bound by `mosaic.storage.dynamodb.bind`."""

        table_name = "events"

    job_key = UnicodeAttribute(hash_key=True)
    event_key = UnicodeAttribute(range_key=True)
    event = UnicodeAttribute()


# The format of `position`.
POSITION = r"^[0-9]{8}\.[0-9]{3}$"


def position(event: Event) -> str:
    """Returns the position of an event in its job's log; positions sort in the order of the events."""
    return f"{event.version:08d}.{event.index:03d}"


class EventStore:
    """The event log in DynamoDB."""

    def __init__(self, table: str) -> None:
        self._items = bind(EventItem, table)

    def append(self, workspace_id: str, event: Event) -> None:
        """See `EventLog.append`."""
        item = self._items(
            f"{workspace_id}#{event.job_id}", position(event), event=event.model_dump_json(by_alias=True)
        )
        try:
            item.save(self._items.event_key.does_not_exist())
        except PutError as error:
            if not is_condition_failed(error):
                raise

    def page(self, workspace_id: str, job_id: str, after: str | None, limit: int) -> tuple[Event, ...]:
        """See `EventLog.page`."""
        after_position = self._items.event_key > after if after else None
        items = self._items.query(
            f"{workspace_id}#{job_id}", after_position, limit=limit, consistent_read=True
        )
        return tuple(Event.model_validate_json(item.event) for item in items)
