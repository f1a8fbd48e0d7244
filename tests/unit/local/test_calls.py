"""What a request to AWS asks for, in the words of IAM."""

import json
from typing import Any

import pytest

from local.cloud.aws_calls import AwsCall, calls

DYNAMODB = "DynamoDB_20120810"
KEY = {"access_key": {"S": "token#t"}}


def seen(target: str, asked: dict[str, Any]) -> list[AwsCall]:
    return list(calls("ApiFunction", target, json.dumps(asked).encode(), lambda _: "access_key"))


@pytest.mark.parametrize(
    ("target", "asked", "action", "resource"),
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
def test_an_action_is_on_a_resource(target: str, asked: dict[str, Any], action: str, resource: str) -> None:
    assert [(call.action, call.resource) for call in seen(target, asked)] == [(action, resource)]


def test_an_item_is_told_by_its_key_and_the_names_that_are_touched() -> None:
    asked = {"TableName": "access", "Key": KEY, "ExpressionAttributeNames": {"#0": "last_used_at"}}
    (call,) = seen(f"{DYNAMODB}.UpdateItem", asked)

    assert call.leading_keys == ("token#t",)
    assert call.attributes == ("access_key", "last_used_at")


def test_a_transaction_is_each_of_its_actions() -> None:
    inner = {"TableName": "access", "Key": KEY}
    asked = {
        "TransactItems": [
            {"ConditionCheck": inner},
            {"Delete": inner},
            {"Put": {"TableName": "access", "Item": KEY}},
        ]
    }

    actions = [
        call.action.removeprefix("dynamodb:") for call in seen(f"{DYNAMODB}.TransactWriteItems", asked)
    ]
    assert actions == ["ConditionCheckItem", "DeleteItem", "PutItem"]
