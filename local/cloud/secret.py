"""Creates AWS::SecretsManager::Secret, which moto's CloudFormation does not support."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


def create_secret(client: "SecretsManagerClient", logical_id: str, properties: Mapping[str, Any]) -> str:
    """Creates a secret by CloudFormation's rules, GenerateSecretString included; returns its ARN."""
    text = properties.get("SecretString", "{}")
    if "GenerateSecretString" in properties:
        text = _generated(client, properties["GenerateSecretString"])
    name = properties.get("Name", logical_id)
    return client.create_secret(Name=name, SecretString=text)["ARN"]


def _generated(client: "SecretsManagerClient", rules: Mapping[str, Any]) -> str:
    password = client.get_random_password(
        PasswordLength=rules.get("PasswordLength", 32),
        ExcludePunctuation=rules.get("ExcludePunctuation", False),
    )["RandomPassword"]
    key = rules.get("GenerateStringKey")
    if key is None:
        return password
    return json.dumps({**json.loads(rules.get("SecretStringTemplate", "{}")), key: password})
