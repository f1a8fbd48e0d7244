"""AWS in moto, with a stack that has the outputs and tables of a deployment."""

import json
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

STACK = "mosaic-stitcher"
TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "DeletionPolicy": "Retain",
    "Properties": {
        "BillingMode": "PAY_PER_REQUEST",
        "DeletionProtectionEnabled": True,
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": "S"}
            for name in ("access_key", "workspace_id", "repository")
        ],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": f"by_{name}",
                "KeySchema": [
                    {"AttributeName": attribute, "KeyType": "HASH"},
                    {"AttributeName": "access_key", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
            for name, attribute in (("workspace", "workspace_id"), ("repository", "repository"))
        ],
        "KeySchema": [{"AttributeName": "access_key", "KeyType": "HASH"}],
    },
}


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Only moto's account is reachable; this machine's AWS settings are removed."""
    for name in ("AWS_PROFILE", "ACCOUNT", "STACK", "DATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield


@pytest.fixture
def secrets() -> dict[str, str]:
    """The stack's secrets by output name, with the values of a first deployment."""
    client = boto3.client("secretsmanager", region_name="us-east-1")
    values = {
        "WebhookSecretArn": {"secret": "first"},
        "OpenClawSecretArn": {"token": "", "hookToken": ""},
        "CallbackSecretArn": {"callbackToken": "", "callbackKey": "generated"},
        "RunTokenSecretArn": {"runTokenKey": "generated"},
    }
    return {
        name: client.create_secret(Name=name, SecretString=json.dumps(value))["ARN"]
        for name, value in values.items()
    }


@pytest.fixture
def single_tenant() -> str:
    """The parameter SingleTenant of the stack."""
    return "false"


@pytest.fixture
def template(secrets: dict[str, str], single_tenant: str) -> str:
    """The part of the deployed template that these tests need."""
    outputs = {
        "ApiUrl": "https://api.test",
        "AlarmTopicArn": "arn:topic",
        "AccessTableName": {"Ref": "AccessTable"},
        "ConnectionPrefix": "mosaic-stitcher/connection/",
        "GatewayPrefix": "mosaic-stitcher/gateway/",
        "CallbackPrefix": "mosaic-stitcher/callback/",
        "IsSingleTenant": single_tenant,
        **secrets,
    }
    return json.dumps(
        {"Resources": {"AccessTable": TABLE}, "Outputs": {k: {"Value": v} for k, v in outputs.items()}}
    )


@pytest.fixture
def stack(template: str) -> str:
    """The name of a deployed stack."""
    boto3.client("cloudformation").create_stack(StackName=STACK, TemplateBody=template)
    return STACK
