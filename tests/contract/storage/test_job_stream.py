"""What the recorder may expect of the stream: each write as the job before and the job after it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from mosaic.events.chain import sealed
from mosaic.jobs import lifecycle
from mosaic.jobs.limits import DUE_SHARDS
from mosaic.jobs.model import Job
from mosaic.services.record_events import record
from mosaic.storage.job_stream import JobStream, RecordsGone
from mosaic.storage.jobs import REMEMBERED, Jobs, JobStore, from_image
from tests.fakes import samples
from tests.fakes.clock import NOON
from tests.fakes.event_log import FakeEventLog
from tests.fakes.jobs import FakeJobs

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

HOUR = timedelta(hours=1)
Pair = tuple[Job | None, Job]


def life(jobs: Jobs) -> Job:
    """A job that is added, postponed, changed, cancelled and settled."""
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
    """The records of a table's stream, read as the recorder reads them."""
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
    """What one life gives in the stream of the fake, and in that of the real table."""
    fake, table = FakeJobs(), request.getfixturevalue("new_table")("JobsTable")
    life(fake)
    life(JobStore(table))
    return fake.stream, streamed(request.getfixturevalue("dynamodb"), table)


def shape(stream: list[Pair]) -> list[tuple[int | None, int, str, str]]:
    return [
        (old.version if old else None, new.version, new.status.value, new.instructions) for old, new in stream
    ]


def test_the_fake_and_the_real_stream_tell_the_same_story(streams: tuple[list[Pair], list[Pair]]) -> None:
    fake, real = streams
    assert shape(real) == shape(fake)


def test_either_stream_records_the_same_log(streams: tuple[list[Pair], list[Pair]]) -> None:
    for stream in streams:
        log = FakeEventLog()
        for old, new in stream:
            record(old, new, log)
        job_id = stream[-1][1].id
        types = [event.type.value for event in log.page("streamed", job_id, None, 100)]
        assert types == ["job.created", "job.queued", "job.progress", "job.cancelled"]


def test_every_version_is_sealed_over_the_one_before(streams: tuple[list[Pair], list[Pair]]) -> None:
    for stream in streams:
        assert all(new.chain == sealed(old, new).chain for old, new in stream if old != new)
        assert len({new.chain for _, new in stream} - {None}) == 3


def test_who_has_not_read_a_version_seals_the_next_one_all_the_same(
    new_table: Callable[[str], str],
) -> None:
    table = new_table("JobsTable")
    JobStore(table).add(first := samples.job())
    JobStore(table).save(second := lifecycle.change(first, NOON, "token:ada"))
    stored = JobStore(table).get(first.workspace_id, first.id)
    assert stored
    assert stored.chain == sealed(sealed(None, first), second).chain


def test_a_store_remembers_few_jobs_and_seals_them_all(new_table: Callable[[str], str]) -> None:
    store = JobStore(new_table("JobsTable"))
    jobs = [samples.job() for _ in range(REMEMBERED + 2)]
    for job in jobs:
        store.add(job)
    for job in jobs:
        store.save(lifecycle.change(job, NOON, "token:ada"))
        assert (found := store.get(job.workspace_id, job.id))
        assert found.chain == sealed(sealed(None, job), found).chain


def test_records_are_read_again_by_their_numbers(
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
