"""Queues and streams: settings that could lose a message, or deliver it again while it is being processed."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

Json = dict[str, Any]


@pytest.fixture
def mappings(
    resources: Callable[[str], dict[str, Json]], names: Callable[[Any], set[str]]
) -> Callable[[str], list[tuple[Json, Json, Json]]]:
    """Mapping, source and function, of every event source mapping whose source is of a type."""

    def of(kind: str) -> Iterator[tuple[Json, Json, Json]]:
        functions, sources = resources("AWS::Lambda::Function"), resources(kind)
        for mapping in resources("AWS::Lambda::EventSourceMapping").values():
            (source,) = names(mapping["EventSourceArn"])
            (function,) = names(mapping["FunctionName"])
            if source in sources:
                yield mapping, sources[source], functions[function]

    return lambda kind: list(of(kind))


def test_visibility_is_six_times_the_timeout(
    mappings: Callable[[str], list[tuple[Json, Json, Json]]],
) -> None:
    found = mappings("AWS::SQS::Queue")

    assert found
    for _, queue, function in found:
        assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]


def test_message_is_tried_five_times(
    mappings: Callable[[str], list[tuple[Json, Json, Json]]],
    resources: Callable[[str], dict[str, Json]],
    names: Callable[[Any], set[str]],
) -> None:
    """Also in a queue in the middle, where a message arrives with the receives of the queue before."""
    queues = resources("AWS::SQS::Queue")
    middle = []
    for _, queue, _ in mappings("AWS::SQS::Queue"):
        (name,) = (name for name, one in queues.items() if one is queue)
        before = [limit(one) for one in queues.values() if name in names(one.get("RedrivePolicy", {}))]
        middle += [name] if before else []
        assert limit(queue) - max(before, default=0) >= 5, name
    assert middle == ["FailedDispatchQueue"]


def test_dead_letters_outlive_their_queue(
    mappings: Callable[[str], list[tuple[Json, Json, Json]]],
    resources: Callable[[str], dict[str, Json]],
    names: Callable[[Any], set[str]],
) -> None:
    """A dead letter keeps the age of its message."""
    for _, queue, _ in mappings("AWS::SQS::Queue"):
        (dead_letters,) = names(queue["RedrivePolicy"]["deadLetterTargetArn"])
        kept = resources("AWS::SQS::Queue")[dead_letters]["MessageRetentionPeriod"]
        assert kept > queue["MessageRetentionPeriod"], dead_letters


def limit(queue: Json) -> int:
    """Returns how often a message is received before the queue gives it up, including the receives of the
    queue before.
    """
    return int(queue["RedrivePolicy"]["maxReceiveCount"])


def test_bad_message_does_not_return_its_batch(
    mappings: Callable[[str], list[tuple[Json, Json, Json]]],
) -> None:
    for mapping, _, _ in mappings("AWS::SQS::Queue") + mappings("AWS::DynamoDB::Table"):
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_mapping_limits_the_concurrency_of_queues(
    mappings: Callable[[str], list[tuple[Json, Json, Json]]],
) -> None:
    """Reserved concurrency would throttle messages into the dead letters."""
    for mapping, _, function in mappings("AWS::SQS::Queue"):
        assert 2 <= mapping["ScalingConfig"]["MaximumConcurrency"] <= 1000
        assert "ReservedConcurrentExecutions" not in function


def test_bad_stream_record_is_isolated_and_set_aside(
    mappings: Callable[[str], list[tuple[Json, Json, Json]]],
    resources: Callable[[str], dict[str, Json]],
    names: Callable[[Any], set[str]],
) -> None:
    found = mappings("AWS::DynamoDB::Table")

    assert found
    for mapping, table, _ in found:
        assert table["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
        assert mapping["StartingPosition"] == "TRIM_HORIZON"
        assert mapping["BisectBatchOnFunctionError"] is True
        assert 0 < mapping["MaximumRetryAttempts"] <= 10000, (
            "without a cap one record stops its shard for a day"
        )
        (destination,) = names(mapping["DestinationConfig"]["OnFailure"]["Destination"])
        assert destination in resources("AWS::SQS::Queue")


def test_every_queue_is_encrypted(resources: Callable[[str], dict[str, Json]]) -> None:
    assert all(queue["SqsManagedSseEnabled"] for queue in resources("AWS::SQS::Queue").values())
