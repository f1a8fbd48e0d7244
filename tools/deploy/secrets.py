"""The stack's secrets: changed by member, so that what was generated stays."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


def change_secret(arn: str, **members: str) -> None:
    """Set members of a secret's JSON object and keep the others."""
    client: SecretsManagerClient = boto3.client("secretsmanager")
    known = json.loads(client.get_secret_value(SecretId=arn)["SecretString"])
    client.put_secret_value(SecretId=arn, SecretString=json.dumps({**known, **members}))


def rotate(arn: str, new: str) -> None:
    """Make `new` the secret that webhooks are signed with, and keep the one before it valid."""
    client: SecretsManagerClient = boto3.client("secretsmanager")
    known = json.loads(client.get_secret_value(SecretId=arn)["SecretString"])
    kept = {**known, "secret": new, "previous": known["secret"]}
    client.put_secret_value(SecretId=arn, SecretString=json.dumps(kept))


def retire_previous(arn: str) -> None:
    """Let the webhook secret before the present one open nothing any more."""
    client: SecretsManagerClient = boto3.client("secretsmanager")
    known = json.loads(client.get_secret_value(SecretId=arn)["SecretString"])
    known.pop("previous", None)
    client.put_secret_value(SecretId=arn, SecretString=json.dumps(known))
