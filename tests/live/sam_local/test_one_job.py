"""One job through the containers, with the messages and stream records that the functions created."""

import base64
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from local.stack import LocalStack

Json = dict[str, Any]
Invoke = Callable[[str, Json], Any]


@pytest.fixture
def messages(stack: LocalStack) -> Callable[[str], Json]:
    """Returns the queue's messages about a job, in the stitcher's event format."""
    sqs, url = stack.client("sqs"), stack.resource("DispatchQueue")

    def messages(job_id: str) -> Json:
        received = []
        while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            received += [message for message in batch if job_id in message["Body"]]
        return {"Records": [_sqs_record(message) for message in received]}

    return messages


@pytest.fixture
def changes(stack: LocalStack) -> Callable[[str], Json]:
    """Returns the stream's records about a job, in the recorder's event format."""
    client = stack.client("dynamodbstreams")
    (stream,) = client.list_streams(TableName=stack.resource("JobsTable"))["Streams"]

    def changes(job_id: str) -> Json:
        stream_description = client.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]
        iterator = client.get_shard_iterator(
            StreamArn=stream["StreamArn"],
            ShardId=stream_description["Shards"][0]["ShardId"],
            ShardIteratorType="TRIM_HORIZON",
        )["ShardIterator"]
        records = client.get_records(ShardIterator=iterator)["Records"]
        own = [record for record in records if record["dynamodb"]["Keys"]["job_id"]["S"] == job_id]
        return {"Records": json.loads(json.dumps(own, default=_plain))}

    return changes


def test_comment_leads_to_recorded_run(
    invoke: Invoke,
    load: Callable[[str], Json],
    messages: Callable[[str], Json],
    changes: Callable[[str], Json],
    job: Callable[[str], Json],
) -> None:
    event = load("webhook-bot-mention")
    mention = json.loads(event["body"])
    other = {**mention, "issueNumber": 23, "metadata": {**mention["metadata"], "commentId": "1030"}}
    accepted = invoke("WebhookFunction", {**event, "body": json.dumps(other)})
    job_id = json.loads(accepted["body"])["jobId"]

    assert invoke("StitcherFunction", messages(job_id)) == {"batchItemFailures": []}
    assert invoke("RecorderFunction", changes(job_id)) == {"batchItemFailures": []}

    stored = job(job_id)
    assert (stored["status"], stored["phase"]) == ("RUNNING", "EXECUTION")
    types = [event["type"] for event in stored["events"]]
    assert types[0] == "job.created"
    assert "dispatch.accepted" in types
    versions = sorted({event["version"] for event in stored["events"]})
    assert versions == list(range(1, stored["version"] + 1))


def _sqs_record(message: Json) -> Json:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": {},
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:dispatch",
        "awsRegion": "us-east-1",
    }


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return int(value.timestamp())
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} cannot be converted to JSON")
