"""AWS as moto has it, with a stack of the outputs and tables that a deployment needs."""

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
        "AttributeDefinitions": [{"AttributeName": "access_key", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "access_key", "KeyType": "HASH"}],
    },
}


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No account but moto's; nothing of this machine's own is known."""
    for name in ("AWS_PROFILE", "ACCOUNT", "STACK", "DATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield


@pytest.fixture
def secrets() -> dict[str, str]:
    """The stack's secrets by the name of their output, as they are after a first deployment."""
    client = boto3.client("secretsmanager", region_name="us-east-1")
    kept = {
        "WebhookSecretArn": {"secret": "first"},
        "OpenClawSecretArn": {"token": "", "callbackToken": "", "callbackKey": "generated"},
    }
    return {
        name: client.create_secret(Name=name, SecretString=json.dumps(value))["ARN"]
        for name, value in kept.items()
    }


@pytest.fixture
def template(secrets: dict[str, str]) -> str:
    """What `sam deploy` would make, in the little that matters here."""
    outputs = {
        "ApiUrl": "https://api.test",
        "AlarmTopicArn": "arn:topic",
        "AccessTableName": {"Ref": "AccessTable"},
        **secrets,
    }
    return json.dumps(
        {"Resources": {"AccessTable": TABLE}, "Outputs": {k: {"Value": v} for k, v in outputs.items()}}
    )


@pytest.fixture
def stack(template: str) -> str:
    """A stack that stands; its name."""
    boto3.client("cloudformation").create_stack(StackName=STACK, TemplateBody=template)
    return STACK
