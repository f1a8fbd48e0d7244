"""Contract of the stream: each write has the job before and after it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from mosaic.events.chain import with_hash
from mosaic.jobs import lifecycle
from mosaic.jobs.limits import DUE_SHARDS
from mosaic.jobs.model import Job
from mosaic.services.record_events import record
from mosaic.storage.job_stream import JobStream, RecordsGone
from mosaic.storage.jobs import REMEMBERED, Jobs, JobStore, from_image
from tests.fakes import samples
from tests.fakes.clock import NOON
from tests.fakes.storage.event_log import FakeEventLog
from tests.fakes.storage.jobs import FakeJobs

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

HOUR = timedelta(hours=1)
Pair = tuple[Job | None, Job]


def life(jobs: Jobs) -> Job:
    """A job that is added, postponed, changed, cancelled, and whose due time is cleared."""
    job = samples.job(instructions="😀 \x00", workspace_id="streamed")
    jobs.add(job)
    (due,) = (found for shard in range(DUE_SHARDS) for found in jobs.due(shard, NOON + HOUR, 10))
    jobs.postpone(due, NOON + HOUR)
    changed = lifecycle.change(job, NOON, "token:ada")
    jobs.save(changed)
    cancelled = lifecycle.cancel(changed, NOON, "token:ada").evolve(due_at=NOON)
    jobs.save(cancelled)
    jobs.clear_due(cancelled)
    return cancelled


def streamed(dynamodb: DynamoDBClient, table: str) -> list[Pair]:
    """Returns the records of a table's stream, read as the recorder reads them."""
    arn = dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    client: Any = boto3.client("dynamodbstreams")
    shards = client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    pairs: list[Pair] = []
    for shard in shards:
        iterator = client.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        for entry in client.get_records(ShardIterator=iterator)["Records"]:
            images = entry["dynamodb"]
            old = from_image(images["OldImage"]) if "OldImage" in images else None
            pairs.append((old, from_image(images["NewImage"])))
    client.close()
    return pairs


@pytest.fixture
def streams(request: pytest.FixtureRequest) -> tuple[list[Pair], list[Pair]]:
    """The records of one job's life, from the fake and from the real table."""
    fake, table = FakeJobs(), request.getfixturevalue("new_table")("JobsTable")
    life(fake)
    life(JobStore(table))
    return fake.stream, streamed(request.getfixturevalue("dynamodb"), table)


def shape(stream: list[Pair]) -> list[tuple[int | None, int, str, str]]:
    return [
        (old.version if old else None, new.version, new.status.value, new.instructions) for old, new in stream
    ]


def test_fake_and_real_stream_are_equal(streams: tuple[list[Pair], list[Pair]]) -> None:
    fake, real = streams
    assert shape(real) == shape(fake)


def test_both_streams_produce_same_log(streams: tuple[list[Pair], list[Pair]]) -> None:
    for stream in streams:
        log = FakeEventLog()
        for old, new in stream:
            record(old, new, log)
        job_id = stream[-1][1].id
        types = [event.type.value for event in log.page("streamed", job_id, None, 100)]
        assert types == ["job.created", "job.queued", "job.progress", "job.cancelled"]


def test_every_version_is_hashed_over_the_one_before(streams: tuple[list[Pair], list[Pair]]) -> None:
    for stream in streams:
        assert all(new.version_hash == with_hash(old, new).version_hash for old, new in stream if old != new)
        assert len({new.version_hash for _, new in stream} - {None}) == 3


def test_save_without_prior_read_still_hashes(
    new_table: Callable[[str], str],
) -> None:
    table = new_table("JobsTable")
    JobStore(table).add(first := samples.job())
    JobStore(table).save(second := lifecycle.change(first, NOON, "token:ada"))
    stored = JobStore(table).get(first.workspace_id, first.id)
    assert stored
    assert stored.version_hash == with_hash(with_hash(None, first), second).version_hash


def test_store_hashes_more_jobs_than_it_remembers(new_table: Callable[[str], str]) -> None:
    store = JobStore(new_table("JobsTable"))
    jobs = [samples.job() for _ in range(REMEMBERED + 2)]
    for job in jobs:
        store.add(job)
    for job in jobs:
        store.save(lifecycle.change(job, NOON, "token:ada"))
        assert (found := store.get(job.workspace_id, job.id))
        assert found.version_hash == with_hash(with_hash(None, job), found).version_hash


def test_records_are_read_by_sequence_number(
    new_table: Callable[[str], str], dynamodb: DynamoDBClient
) -> None:
    table = new_table("JobsTable")
    life(JobStore(table))
    arn = dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    client: Any = boto3.client("dynamodbstreams")
    (shard,) = client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = client.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    known = client.get_records(ShardIterator=iterator)["Records"]
    numbers = [entry["dynamodb"]["SequenceNumber"] for entry in known]
    found = list(JobStream(client, arn).records(shard["ShardId"], numbers[1], numbers[3]))
    assert [entry["dynamodb"]["SequenceNumber"] for entry in found] == numbers[1:4]
    assert [from_image(entry["dynamodb"]["NewImage"]).version for entry in found] == [1, 2, 3]
    with pytest.raises(RecordsGone):
        list(JobStream(client, arn).records(shard["ShardId"], numbers[1], str(int(numbers[-1]) + 1)))
    client.close()
