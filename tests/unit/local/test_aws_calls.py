"""IAM's actions and resources are parsed from requests to AWS."""

import json
from typing import Any

import pytest

from local.cloud.aws_calls import AwsCall, parse_calls

DYNAMODB = "DynamoDB_20120810"
KEY = {"access_key": {"S": "token#t"}}


def parsed(target: str, request: dict[str, Any]) -> list[AwsCall]:
    return list(parse_calls("ApiFunction", target, json.dumps(request).encode(), lambda _: "access_key"))


@pytest.mark.parametrize(
    ("target", "body", "action", "resource"),
    [
        (f"{DYNAMODB}.Query", {"TableName": "jobs"}, "dynamodb:Query", "jobs"),
        (f"{DYNAMODB}.Query", {"TableName": "jobs", "IndexName": "due"}, "dynamodb:Query", "jobs/index/due"),
        (
            f"{DYNAMODB}.BatchGetItem",
            {"RequestItems": {"jobs": {"Keys": [KEY]}}},
            "dynamodb:BatchGetItem",
            "jobs",
        ),
        ("AmazonSQS.SendMessage", {"QueueUrl": "https://sqs/queue"}, "sqs:SendMessage", "https://sqs/queue"),
        ("secretsmanager.GetSecretValue", {"SecretId": "arn"}, "secretsmanager:GetSecretValue", "arn"),
        (
            "DynamoDBStreams_20120810.GetShardIterator",
            {"StreamArn": "arn:aws:dynamodb:us-east-1:1:table/jobs/stream/2026"},
            "dynamodb:GetShardIterator",
            "jobs",
        ),
        (
            "DynamoDBStreams_20120810.GetRecords",
            {"ShardIterator": "arn:aws:dynamodb:us-east-1:1:table/jobs/stream/2026|1|AAA"},
            "dynamodb:GetRecords",
            "jobs",
        ),
        ("AWSEvents.PutEvents", {"Entries": [{"EventBusName": "bus"}]}, "events:PutEvents", "bus"),
    ],
)
def test_call_has_action_and_resource(target: str, body: dict[str, Any], action: str, resource: str) -> None:
    assert [(call.action, call.resource) for call in parsed(target, body)] == [(action, resource)]


def test_item_call_has_key_and_attribute_names() -> None:
    request = {"TableName": "access", "Key": KEY, "ExpressionAttributeNames": {"#0": "last_used_at"}}
    (call,) = parsed(f"{DYNAMODB}.UpdateItem", request)

    assert call.leading_keys == ("token#t",)
    assert call.attributes == ("access_key", "last_used_at")


def test_event_has_source_and_type() -> None:
    entry = {
        "EventBusName": "bus",
        "Source": "mosaic.stitcher",
        "DetailType": "issue.answered",
        "Detail": "{}",
    }
    (call,) = parsed("AWSEvents.PutEvents", {"Entries": [entry]})

    assert (call.event_source, call.event_type) == ("mosaic.stitcher", "issue.answered")


def test_transaction_yields_each_action() -> None:
    inner = {"TableName": "access", "Key": KEY}
    request = {
        "TransactItems": [
            {"ConditionCheck": inner},
            {"Delete": inner},
            {"Put": {"TableName": "access", "Item": KEY}},
        ]
    }

    actions = [
        call.action.removeprefix("dynamodb:") for call in parsed(f"{DYNAMODB}.TransactWriteItems", request)
    ]
    assert actions == ["ConditionCheckItem", "DeleteItem", "PutItem"]
