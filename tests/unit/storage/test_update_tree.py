"""The interval tree of job updates: one node for each interval, few nodes for any moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mosaic.base import milliseconds
from mosaic.clock import new_job_id
from mosaic.jobs.ids import first_id, millisecond_of
from mosaic.storage.update_tree import BUCKET_BITS, LEVELS, bucket_of, first_id_in, node_of, nodes_across

BUCKET = timedelta(milliseconds=2**BUCKET_BITS)
START = datetime(2026, 1, 1, tzinfo=UTC)
YEARS = int(timedelta(days=3650) / timedelta(milliseconds=1))
moments = st.integers(-YEARS // 5, YEARS).map(lambda passed: START + timedelta(milliseconds=passed))


@given(moments)
def test_id_contains_creation_time(moment: datetime) -> None:
    job_id = new_job_id(moment)
    assert millisecond_of(job_id) == milliseconds(moment)
    assert first_id(moment) <= job_id < first_id(moment + timedelta(milliseconds=1))


@given(moments, moments, moments, moments)
def test_interval_is_found_at_every_moment_inside(
    created: datetime, updated: datetime, since: datetime, now: datetime
) -> None:
    job_id, bucket = new_job_id(created), bucket_of(since)
    node = node_of(job_id, updated)
    crossed = job_id < first_id_in(bucket) and bucket <= bucket_of(updated)
    assert (node in set(nodes_across(bucket, None))) >= crossed
    if updated <= now:
        assert (node in set(nodes_across(bucket, bucket_of(now)))) >= crossed


@given(moments)
def test_moment_has_one_node_per_power_of_two(since: datetime) -> None:
    nodes = list(nodes_across(bucket_of(since), None))
    assert len(set(nodes)) == len(nodes) == LEVELS
    assert sum(1 for _ in nodes_across(bucket_of(since), bucket_of(since))) <= 24


@given(moments, st.integers(0, 2**BUCKET_BITS))
def test_short_interval_mostly_has_no_node(created: datetime, lasted: int) -> None:
    updated = created + timedelta(milliseconds=lasted)
    assert (node_of(new_job_id(created), updated) is None) == (bucket_of(created) == bucket_of(updated))


def test_long_interval_changes_node_a_few_times() -> None:
    job_id = new_job_id(START)
    nodes = {node_of(job_id, START + n * BUCKET) for n in range(1000)}
    assert len(nodes) <= 12


def test_update_before_creation_has_no_node() -> None:
    assert node_of(new_job_id(START), START - timedelta(hours=1)) is None


def test_moments_before_1970_count_as_first() -> None:
    assert first_id(datetime(1, 1, 1, tzinfo=UTC)) == "0" * 26
    assert bucket_of(datetime(1, 1, 1, tzinfo=UTC)) == 0
