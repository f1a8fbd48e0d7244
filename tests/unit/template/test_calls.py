"""Every function's role against the calls that it made end to end, both ways. `make test-e2e` records them.

What Lambda itself does under a role (logs, polling, setting aside) is no call of the function.
"""

import json
import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from local.cloud.aws_calls import AwsCall, read_calls

Json = dict[str, Any]
Permission = tuple[str, str, str]

RECORDED = os.environ.get("E2E_CALLS", "")
pytestmark = pytest.mark.skipif(not RECORDED, reason="E2E_CALLS names no recording: make test-e2e")

LAMBDA_S_OWN = (
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
)

_LOST = "the message of an urgent job has to be lost first"
_NAMED = "a workspace has to have a gateway of its own"
NEVER_CALLED: dict[Permission, str] = {
    ("StitcherFunction", "secretsmanager:GetSecretValue", "gateway"): _NAMED,
    ("WebhookFunction", "secretsmanager:GetSecretValue", "callback"): _NAMED,
    ("SweeperFunction", "sqs:SendMessage", "UrgentQueue"): _LOST,
    ("RecorderFunction", "sqs:SendMessage", "UrgentQueue"): "an urgent job has to stand first in a line",
    ("WebhookFunction", "sqs:SendMessage", "UrgentQueue"): "a forge's check has to move on an urgent job",
}
"""Permissions that a run of the tests does not use, with the reason for each."""


@pytest.fixture(scope="module")
def called() -> list[AwsCall]:
    return [call for path in sorted(Path(RECORDED).glob("*.jsonl")) for call in read_calls(path)]


@pytest.fixture(scope="module")
def allowed(statements: dict[str, list[Json]]) -> dict[Permission, list[Json]]:
    """Statements by function, action and resource."""
    found: dict[Permission, list[Json]] = {}
    for function, ones in statements.items():
        for statement in ones:
            for action in statement["Action"]:
                for resource in statement["Resource"]:
                    found.setdefault((function, action, _name(resource)), []).append(statement)
    return found


def test_nothing_is_called_that_is_not_allowed(
    called: list[AwsCall], allowed: dict[Permission, list[Json]]
) -> None:
    assert called
    refused = {
        (call.function, call.action, call.resource, call.leading_keys[:1])
        for call in called
        if not any(
            _applies(statement, call)
            for statement in allowed.get((call.function, call.action, call.resource), [])
        )
    }

    assert refused == set()


def test_nothing_is_allowed_that_is_never_called(
    called: list[AwsCall], allowed: dict[Permission, list[Json]]
) -> None:
    used = {(call.function, call.action, call.resource) for call in called}

    own = {permission for permission in allowed if permission[1] in LAMBDA_S_OWN}
    assert set(allowed) - used - own - set(NEVER_CALLED) == set()
    assert set(NEVER_CALLED) <= set(allowed), "what is listed is still allowed"


def _applies(statement: Json, call: AwsCall) -> bool:
    asked = {
        "dynamodb:LeadingKeys": call.leading_keys,
        "dynamodb:Attributes": call.attributes,
        "events:source": (call.event_source,),
        "events:detail-type": (call.event_type,),
    }
    return all(
        any(fnmatchcase(value, pattern) for pattern in patterns)
        for name, patterns in _conditions(statement)
        for value in asked[name]
    )


def _conditions(statement: Json) -> Iterator[tuple[str, list[str]]]:
    for operator, wanted in statement.get("Condition", {}).items():
        assert operator in ("ForAllValues:StringLike", "ForAllValues:StringEquals"), operator
        yield from wanted.items()


def _name(resource: Any) -> str:
    match resource:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), "Arn" | "StreamArn"]}:
            return name
        case {"Fn::Sub": str(text)} if text.endswith("/*"):
            return text.rpartition("${AWS::StackName}/")[2].removesuffix("/*")
        case {"Fn::Sub": str(text)} if text.startswith("${"):
            return text.removeprefix("${").replace(".Arn}", "", 1)
        case _:
            return json.dumps(resource)
