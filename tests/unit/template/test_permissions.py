"""Least privilege, on the policies that the functions' roles end up with."""

from collections.abc import Callable
from typing import Any

import pytest

Json = dict[str, Any]

MANAGED = {
    "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    "arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess",
}
"""Logs and traces. SAM adds one more to a function with a queue or a stream, for reading that source."""

SOURCE_POLICIES = {
    "StitcherFunction": {"arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"},
    "RecorderFunction": {"arn:aws:iam::aws:policy/service-role/AWSLambdaDynamoDBExecutionRole"},
}

READING = {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"}


def test_no_policy_has_a_wildcard(statements: dict[str, list[Json]]) -> None:
    for function, allowed in statements.items():
        for statement in allowed:
            assert not any("*" in action for action in statement["Action"]), f"{function}: {statement}"
            assert "*" not in str(statement["Resource"]), f"{function}: {statement}"
            assert "NotAction" not in statement, f"{function}: {statement}"
            assert "NotResource" not in statement, f"{function}: {statement}"


def test_managed_policies_are_the_few_that_are_known(resources: Callable[[str], dict[str, Json]]) -> None:
    for name, role in resources("AWS::IAM::Role").items():
        known = MANAGED | SOURCE_POLICIES.get(name.removesuffix("Role"), set())
        assert set(role["ManagedPolicyArns"]) <= known, name


def test_the_recorder_alone_writes_events_and_can_only_add(
    statements: dict[str, list[Json]], names: Callable[[Any], set[str]]
) -> None:
    granted = {
        function: {
            action
            for statement in allowed
            if "EventsTable" in names(statement["Resource"])
            for action in statement["Action"]
        }
        for function, allowed in statements.items()
    }

    assert granted.pop("RecorderFunction") == {"dynamodb:PutItem"}
    for function, actions in granted.items():
        assert actions <= READING, f"{function} may do {actions} with events"


def test_nothing_is_deleted_but_the_connection_of_a_repository(
    statements: dict[str, list[Json]], names: Callable[[Any], set[str]]
) -> None:
    deleting = {
        name: [one for one in allowed if "dynamodb:DeleteItem" in one["Action"]]
        for name, allowed in statements.items()
    }

    (only,) = deleting.pop("ApiFunction")
    assert not any(deleting.values())
    assert names(only["Resource"]) == {"AccessTable"}
    assert only["Action"] == ["dynamodb:DeleteItem"]
    assert only["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["repository#*"]}}


def test_the_authorizer_writes_when_a_token_was_used_and_nothing_else(
    statements: dict[str, list[Json]], names: Callable[[Any], set[str]]
) -> None:
    dynamodb = [one for one in statements["AuthorizerFunction"] if "AccessTable" in names(one["Resource"])]
    (writing,) = [one for one in dynamodb if one["Action"] != ["dynamodb:GetItem"]]

    assert writing["Action"] == ["dynamodb:UpdateItem"]
    assert writing["Condition"] == {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["token#*"]},
        "ForAllValues:StringEquals": {"dynamodb:Attributes": ["access_key", "last_used_at"]},
    }


@pytest.mark.parametrize("action", ["dynamodb:Scan", "dynamodb:BatchWriteItem"])
def test_nobody_scans_or_writes_unconditionally(statements: dict[str, list[Json]], action: str) -> None:
    holders = [
        name for name, allowed in statements.items() if any(action in one["Action"] for one in allowed)
    ]

    assert holders == []


def test_a_function_may_touch_exactly_what_it_is_told_of(
    functions: dict[str, Json],
    statements: dict[str, list[Json]],
    resources: Callable[[str], dict[str, Json]],
    names: Callable[[Any], set[str]],
) -> None:
    """What its environment names and what its policies name agree, but for where its mapping sends failures."""
    kinds = ("AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::SecretsManager::Secret")
    stores = set().union(*(resources(kind) for kind in kinds))
    destinations = {
        function: names(mapping["DestinationConfig"])
        for mapping in resources("AWS::Lambda::EventSourceMapping").values()
        if "DestinationConfig" in mapping
        for function in names(mapping["FunctionName"])
    }
    for function, properties in functions.items():
        told = names(properties["Environment"]) & stores
        allowed = set().union(*(names(statement["Resource"]) for statement in statements[function]))
        assert allowed == told | destinations.get(function, set()), function
