"""Under which key a job lies that changed after its creation: a relational interval tree over time. Pure.

Time is cut into buckets. A job that last changed in a later bucket than that of its creation lies under one node: of
the borders between buckets that its life crosses, the one that the greatest power of two divides. All lives that
cross one moment lie under a few nodes, one for each power of two, however many jobs there are. (Kriegel, Pötke, Seidl,
"Managing Intervals Efficiently in Object-Relational Databases", VLDB 2000.)
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mosaic.base import milliseconds
from mosaic.jobs.ids import first_id_of, millisecond_of

# A bucket has 2**18 ms, four minutes and 22 seconds: most short jobs live and end in one, and are not in the index.
BUCKET_BITS = 18
LEVELS = 48 - BUCKET_BITS


def bucket_of(moment: datetime) -> int:
    """The number of the bucket of this moment."""
    return max(milliseconds(moment), 0) >> BUCKET_BITS


def first_id_in(bucket: int) -> str:
    """The least id of a job created in this bucket."""
    return first_id_of(bucket << BUCKET_BITS)


def node_of(job_id: str, updated_at: datetime) -> int | None:
    """The node of a job; None if it last changed in the bucket of its creation."""
    created, updated = millisecond_of(job_id) >> BUCKET_BITS, bucket_of(updated_at)
    if updated <= created:
        return None
    level = (created ^ updated).bit_length() - 1
    return updated >> level << level


def nodes_across(since: int, latest: int | None) -> Iterator[int]:
    """The nodes of all jobs created before the bucket `since` that changed in it or later, not after `latest`."""
    for level in range(LEVELS):
        node = (since >> level + 1 << 1 | 1) << level
        if latest is None or node <= latest:
            yield node
