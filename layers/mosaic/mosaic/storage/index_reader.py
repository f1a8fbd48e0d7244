"""One key of an index of the job table, and reading its entries. Private to the job store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pynamodb.attributes import UnicodeAttribute

from mosaic.storage.id_streams import GREATEST

# No id is less.
LEAST = "0"


@dataclass(frozen=True)
class IndexReader:
    """A key of an index, under which entries are sorted by the attribute `at`."""

    index: Any
    at: UnicodeAttribute
    key: str

    def read(self, low: str, high: str, size: int) -> Sequence[str]:
        """The last `size` entries from `low` to `high`, descending; fewer only if there are no more."""
        # DynamoDB refuses a range whose end is before its beginning.
        if low > high:
            return ()
        found = self.index.query(
            self.key,
            self.at.between(low, high + GREATEST),
            scan_index_forward=False,
            limit=size,
            page_size=size,
            attributes_to_get=[self.at.attr_name],
        )
        return [getattr(item, self.at.attr_name) for item in found]
