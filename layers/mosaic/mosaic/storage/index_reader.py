"""Reads the entries under one key of an index of the job table. Private to the job store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pynamodb.attributes import UnicodeAttribute

from mosaic.storage.id_streams import GREATEST

# No id is less than this bound.
LEAST = "0"


@dataclass(frozen=True)
class IndexReader:
    """A key of an index, whose entries are sorted by the attribute `at`."""

    index: Any
    at: UnicodeAttribute
    key: str

    def read(self, low: str, high: str, size: int) -> Sequence[str]:
        """Returns the last `size` entries from `low` to `high`, in descending order; fewer only if there are
        no more.
        """
        # DynamoDB refuses a range that ends before it begins.
        if low > high:
            return ()
        items = self.index.query(
            self.key,
            self.at.between(low, high + GREATEST),
            scan_index_forward=False,
            limit=size,
            page_size=size,
            attributes_to_get=[self.at.attr_name],
        )
        return [getattr(item, self.at.attr_name) for item in items]
