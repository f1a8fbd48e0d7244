"""What all stitchers share beside the jobs: small texts, each changed only by who has seen it as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.models import Model

from mosaic.storage.dynamodb import bind, is_condition_failed

# No workspace's id begins so: these keys are nobody's claims.
PREFIX = "#"


@dataclass(frozen=True)
class VersionedRecord:
    """A text under a key, and how often it has been written: 0 for one that never was."""

    text: str = ""
    version: int = 0


class Coordination(Protocol):
    """What the flows need of the shared notes."""

    def read(self, key: str) -> VersionedRecord:
        """The note as last written (strongly consistent)."""

    def write(self, key: str, known: VersionedRecord, text: str) -> bool:
        """Replace `known`; False when somebody else has written since."""


class CoordinationItem(Model):
    """A note as DynamoDB holds it, in the table of the claims."""

    class Meta:
        """The table is bound by `mosaic.storage.dynamodb.bind`."""

        table_name = "claims"

    claim_key = UnicodeAttribute(hash_key=True)
    text = UnicodeAttribute()
    version = NumberAttribute()


class CoordinationStore:
    """Notes in DynamoDB."""

    def __init__(self, table: str) -> None:
        self._items = bind(CoordinationItem, table)

    def read(self, key: str) -> VersionedRecord:
        """See `Shared.read`."""
        try:
            item = self._items.get(PREFIX + key, consistent_read=True)
        except self._items.DoesNotExist:
            return VersionedRecord()
        return VersionedRecord(item.text, int(item.version))

    def write(self, key: str, known: VersionedRecord, text: str) -> bool:
        """See `Shared.write`."""
        item = self._items(PREFIX + key, text=text, version=known.version + 1)
        same = self._items.version == known.version
        try:
            item.save(same if known.version else self._items.claim_key.does_not_exist())
        except PutError as error:
            if is_condition_failed(error):
                return False
            raise
        return True
