"""A list by status reads a bounded number of keys."""

from __future__ import annotations

from typing import Any

import pytest

from mosaic.jobs.job_query import MAX_STATUS_KEYS, JobQuery
from mosaic.jobs.states import JobStatus

FAILED, PENDING = JobStatus.FAILED, JobStatus.PENDING


def query(types: int, *statuses: JobStatus, **filters: Any) -> JobQuery:
    names = tuple(f"t{number}" for number in range(types))
    return JobQuery("demo", names, status=frozenset(statuses), **filters)


@pytest.mark.parametrize(
    ("asked", "keys", "too_many"),
    [
        (query(0), 0, False),
        (query(MAX_STATUS_KEYS, FAILED), MAX_STATUS_KEYS, False),
        (query(MAX_STATUS_KEYS + 1, FAILED), MAX_STATUS_KEYS + 1, True),
        (query(MAX_STATUS_KEYS // 2, FAILED, PENDING), MAX_STATUS_KEYS, False),
        (query(MAX_STATUS_KEYS, FAILED, PENDING), 2 * MAX_STATUS_KEYS, True),
        (query(MAX_STATUS_KEYS, FAILED, PENDING, type="review"), 2, False),
        (query(0, type="review"), len(JobStatus), False),
        (query(MAX_STATUS_KEYS, FAILED, PENDING, actor="github:ada"), 2 * MAX_STATUS_KEYS, False),
        (query(MAX_STATUS_KEYS, FAILED, PENDING, agent_task_id="t"), 2 * MAX_STATUS_KEYS, False),
        (query(MAX_STATUS_KEYS, FAILED, PENDING, repository="a/b", issue=1), 2 * MAX_STATUS_KEYS, False),
    ],
)
def test_keys_by_status_are_bounded(asked: JobQuery, keys: int, too_many: bool) -> None:
    assert (len(asked.status_keys), asked.reads_too_many_keys) == (keys, too_many)
