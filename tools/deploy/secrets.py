"""Changes single members of the stack's secrets, so that generated members stay."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


def change_secret(arn: str, **members: str) -> None:
    """Sets members of a secret's JSON object and keeps the others."""
    with _edit(arn) as values:
        values |= members


@dataclass(frozen=True)
class Rotatable:
    """A member of a secret that has two valid values during a rotation."""

    output: str
    """The output of the stack with the secret's ARN"""
    member: str
    previous: str


ROTATABLE = {
    "webhook": Rotatable("WebhookSecretArn", "secret", "previous"),
    "callback-key": Rotatable("CallbackSecretArn", "callbackKey", "previousCallbackKey"),
    "callback-token": Rotatable("CallbackSecretArn", "callbackToken", "previousCallbackToken"),
    "run-token-key": Rotatable("RunTokenSecretArn", "runTokenKey", "previousRunTokenKey"),
}


def rotate(arn: str, rotated: Rotatable, new: str) -> None:
    """Replaces the member by `new`; its previous value stays valid."""
    with _edit(arn) as values:
        values |= {rotated.member: new, rotated.previous: values[rotated.member]}


def retire_previous(arn: str, rotated: Rotatable) -> None:
    """Makes the member's previous value invalid."""
    with _edit(arn) as values:
        values.pop(rotated.previous, None)


def put_secret(name: str, values: Mapping[str, str]) -> None:
    """Stores a secret under a name, new or changed."""
    client: SecretsManagerClient = boto3.client("secretsmanager")
    text = json.dumps(values)
    try:
        client.create_secret(Name=name, SecretString=text)
    except client.exceptions.ResourceExistsException:
        client.put_secret_value(SecretId=name, SecretString=text)


def delete_all(prefix: str) -> None:
    """Deletes all secrets whose names begin with `prefix`."""
    client: SecretsManagerClient = boto3.client("secretsmanager")
    pages = client.get_paginator("list_secrets").paginate(Filters=[{"Key": "name", "Values": [prefix]}])
    for secret in [secret for page in pages for secret in page["SecretList"]]:
        if secret["Name"].startswith(prefix):
            client.delete_secret(SecretId=secret["ARN"], ForceDeleteWithoutRecovery=True)


@contextmanager
def _edit(arn: str) -> Iterator[dict[str, str]]:
    """Yields a secret's JSON object, and stores it at the end."""
    client: SecretsManagerClient = boto3.client("secretsmanager")
    values: dict[str, str] = json.loads(client.get_secret_value(SecretId=arn)["SecretString"])
    yield values
    client.put_secret_value(SecretId=arn, SecretString=json.dumps(values))
