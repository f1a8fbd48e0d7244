"""Least privilege, on the policies that the functions' roles end up with."""

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

import pytest

Json = dict[str, Any]

EVERY_STATEMENT_NEEDS = {"logs:CreateLogStream", "logs:PutLogEvents"}

# These are created while the stack runs, so only their prefix is known.
SECRET_PREFIXES = tuple(
    f":secret:${{AWS::StackName}}/{kind}/*" for kind in ("connection", "gateway", "callback")
)
READING = {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"}


def test_no_policy_has_a_wildcard(statements: dict[str, list[Json]]) -> None:
    for function, allowed in statements.items():
        for statement in allowed:
            assert not any("*" in action for action in statement["Action"]), f"{function}: {statement}"
            resources = [str(one) for one in statement["Resource"]]
            fixed = [one for one in resources if not any(prefix in one for prefix in SECRET_PREFIXES)]
            assert not any("*" in one for one in fixed), f"{function}: {statement}"
            assert "NotAction" not in statement, f"{function}: {statement}"
            assert "NotResource" not in statement, f"{function}: {statement}"


def test_roles_have_no_managed_policy_but_tracing(
    functions: dict[str, Json], resources: Callable[[str], dict[str, Json]], names: Callable[[Any], set[str]]
) -> None:
    """AWS's managed policies name no resource: those for queues and streams can read all of the account's."""
    roles = resources("AWS::IAM::Role")
    assert set(roles) == {*(f"{name}Role" for name in functions), "DeploymentRole"}
    for name, function in functions.items():
        assert names(function["Role"]) == {f"{name}Role"}
    for name, role in roles.items():
        managed = [] if name == "DeploymentRole" else [{"Ref": "TracingPolicy"}]
        assert role.get("ManagedPolicyArns", []) == managed, name


def test_wildcards_only_without_a_resource_to_name(resources: Callable[[str], dict[str, Json]]) -> None:
    ((_, policy),) = resources("AWS::IAM::ManagedPolicy").items()
    tracing, plain_http = policy["PolicyDocument"]["Statement"]
    moving = resources("AWS::IAM::Policy")["DeploymentPolicy"]["PolicyDocument"]["Statement"]

    assert all(action.startswith("xray:Put") for action in tracing["Action"])
    assert plain_http == {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    assert [one["Action"] for one in moving if "*" in str(one["Resource"])] == ["cloudwatch:DescribeAlarms"]


def test_traffic_shifts_for_these_functions_only(
    functions: dict[str, Json], resources: Callable[[str], dict[str, Json]], names: Callable[[Any], set[str]]
) -> None:
    ((_, policy),) = resources("AWS::IAM::Policy").items()
    moving = policy["PolicyDocument"]["Statement"][0]

    assert names(policy["Roles"]) == {"DeploymentRole"}
    assert names(moving["Resource"]) == set(functions)


def test_function_writes_only_its_own_logs(
    statements: dict[str, list[Json]], names: Callable[[Any], set[str]]
) -> None:
    for function, allowed in statements.items():
        (logs,) = [one for one in allowed if set(one["Action"]) == EVERY_STATEMENT_NEEDS]
        assert names(logs["Resource"]) == {function.replace("Function", "Logs")}


def test_only_the_recorder_appends_events(
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

    assert granted.pop("RecorderFunction") == {"dynamodb:PutItem", "dynamodb:Query"}
    for function, actions in granted.items():
        assert actions <= READING, f"{function} may do {actions} with events"


def test_only_repository_connections_are_deleted(
    statements: dict[str, list[Json]], names: Callable[[Any], set[str]]
) -> None:
    deleting = {
        name: [one for one in allowed if "dynamodb:DeleteItem" in one["Action"]]
        for name, allowed in statements.items()
    }

    (by_admin,), (by_webhook,) = deleting.pop("AdminFunction"), deleting.pop("WebhookFunction")
    assert not any(deleting.values())
    assert by_admin["Action"] == ["dynamodb:DeleteItem"]
    for one in (by_admin, by_webhook):
        assert names(one["Resource"]) == {"AccessTable"}
        assert one["Condition"] == {
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["repository#*", "connection#*"]}
        }


def test_only_admins_write_permissions(
    statements: dict[str, list[Json]], names: Callable[[Any], set[str]]
) -> None:
    """The authorizer may note one thing of a token, see the next test."""
    writers = {
        function
        for function, allowed in statements.items()
        for one in allowed
        if "AccessTable" in names(one["Resource"]) and not set(one["Action"]) <= READING
    }

    assert writers == {"AdminFunction", "AuthorizerFunction", "WebhookFunction"}


def test_webhook_function_writes_connections_only(
    statements: dict[str, list[Json]], names: Callable[[Any], set[str]]
) -> None:
    access = [one for one in statements["WebhookFunction"] if "AccessTable" in names(one["Resource"])]
    (writing,) = [one for one in access if not set(one["Action"]) <= READING]

    # A connection follows its repository: it is written under the new name, and deleted under the old one.
    assert writing["Action"] == ["dynamodb:PutItem", "dynamodb:DeleteItem"]
    assert writing["Condition"] == {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["repository#*", "connection#*"]}
    }


@pytest.mark.parametrize("function", ["WebhookFunction", "StitcherFunction"])
def test_job_functions_read_no_tokens(
    statements: dict[str, list[Json]], names: Callable[[Any], set[str]], function: str
) -> None:
    for one in statements[function]:
        if "AccessTable" in names(one["Resource"]) and {"dynamodb:GetItem"} & set(one["Action"]):
            (keys,) = one["Condition"]["ForAllValues:StringLike"].values()
            assert keys
            assert not any(fnmatchcase("token#1", key) for key in keys)


def test_authorizer_writes_only_the_last_use(
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
def test_no_role_scans_or_writes_unconditionally(statements: dict[str, list[Json]], action: str) -> None:
    holders = [
        name for name, allowed in statements.items() if any(action in one["Action"] for one in allowed)
    ]

    assert holders == []


def test_permissions_match_the_environment(
    functions: dict[str, Json],
    statements: dict[str, list[Json]],
    resources: Callable[[str], dict[str, Json]],
    names: Callable[[Any], set[str]],
) -> None:
    """The resources named by the environment and by the policies agree, except those that Lambda uses with
    the role.
    """
    kinds = (
        "AWS::DynamoDB::Table",
        "AWS::SQS::Queue",
        "AWS::SecretsManager::Secret",
        "AWS::Events::EventBus",
    )
    stores = set().union(*(resources(kind) for kind in kinds))
    sources: dict[str, set[str]] = {}
    for mapping in resources("AWS::Lambda::EventSourceMapping").values():
        (function,) = names(mapping["FunctionName"])
        polled = names(mapping["EventSourceArn"]) | names(mapping.get("DestinationConfig", {}))
        sources.setdefault(function, set()).update(polled)
    # The admin function is the API's code, and less of it is allowed.
    spared = {"AdminFunction": {"EventsTable", "ClaimsTable", "RepairQueue", "DispatchDeadLetterQueue"}}
    for function, properties in functions.items():
        named = names(properties["Environment"]) & stores
        allowed = set().union(*(names(one["Resource"]) for one in statements[function])) & stores
        assert allowed == (named - spared.get(function, set())) | sources.get(function, set()), function
