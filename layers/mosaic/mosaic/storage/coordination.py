"""Versioned records that all stitchers share, each written under optimistic locking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.models import Model

from mosaic.storage.dynamodb import bind, is_condition_failed

# No workspace id begins with this prefix, so these keys cannot collide with claims.
PREFIX = "#"


@dataclass(frozen=True)
class VersionedRecord:
    """The text of a key, and the number of its writes: 0 if it was never written."""

    text: str = ""
    version: int = 0


class Coordination(Protocol):
    """The coordination store, as the services use it."""

    def read(self, key: str) -> VersionedRecord:
        """Returns the record (strongly consistent)."""

    def write(self, key: str, known: VersionedRecord, text: str) -> bool:
        """Replaces the record `known`. Returns False if it was written meanwhile."""


class CoordinationItem(Model):
    """The item of a record, in the claims table."""

    class Meta:
        """The table is bound by `mosaic.storage.dynamodb.bind`."""

        table_name = "claims"

    claim_key = UnicodeAttribute(hash_key=True)
    text = UnicodeAttribute()
    version = NumberAttribute()


class CoordinationStore:
    """The versioned records in DynamoDB."""

    def __init__(self, table: str) -> None:
        self._items = bind(CoordinationItem, table)

    def read(self, key: str) -> VersionedRecord:
        """See `Coordination.read`."""
        try:
            item = self._items.get(PREFIX + key, consistent_read=True)
        except self._items.DoesNotExist:
            return VersionedRecord()
        return VersionedRecord(item.text, int(item.version))

    def write(self, key: str, known: VersionedRecord, text: str) -> bool:
        """See `Coordination.write`."""
        item = self._items(PREFIX + key, text=text, version=known.version + 1)
        same = self._items.version == known.version
        try:
            item.save(same if known.version else self._items.claim_key.does_not_exist())
        except PutError as error:
            if is_condition_failed(error):
                return False
            raise
        return True
