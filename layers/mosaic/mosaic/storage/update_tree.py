"""Keys of the jobs that changed after their creation: a relational interval tree over time. Pure.

Time is divided into buckets. A job's interval runs from its creation to its latest change. If it crosses
bucket borders, its key is the border divisible by the greatest power of two. All intervals that cross a
moment lie under a few keys, one for each power of two. (Kriegel, Pötke, Seidl, "Managing Intervals
Efficiently in Object-Relational Databases", VLDB 2000.)
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mosaic.base import milliseconds
from mosaic.jobs.ids import first_id_of, millisecond_of

# A bucket has 2**18 ms (4 min 22 s). Most short jobs stay within one bucket and are not in the index.
BUCKET_BITS = 18
LEVELS = 48 - BUCKET_BITS


def bucket_of(moment: datetime) -> int:
    """Returns the number of the bucket that contains the moment."""
    return max(milliseconds(moment), 0) >> BUCKET_BITS


def first_id_in(bucket: int) -> str:
    """Returns the smallest id of a job created in this bucket."""
    return first_id_of(bucket << BUCKET_BITS)


def node_of(job_id: str, updated_at: datetime) -> int | None:
    """Returns the node of a job; None if it last changed in the bucket of its creation."""
    created, updated = millisecond_of(job_id) >> BUCKET_BITS, bucket_of(updated_at)
    if updated <= created:
        return None
    level = (created ^ updated).bit_length() - 1
    return updated >> level << level


def nodes_across(since: int, latest: int | None) -> Iterator[int]:
    """Returns the nodes of all jobs created before the bucket `since` that changed in it or later, up to
    `latest`.
    """
    for level in range(LEVELS):
        node = (since >> level + 1 << 1 | 1) << level
        if latest is None or node <= latest:
            yield node
