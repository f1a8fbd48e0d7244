"""Changes single members of the stack's secrets, so that generated members stay."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


def change_secret(arn: str, **members: str) -> None:
    """Sets members of a secret's JSON object and keeps the others."""
    with _edit(arn) as values:
        values |= members


def rotate(arn: str, new: str) -> None:
    """Signs webhooks with `new` from now on; the previous secret stays valid."""
    with _edit(arn) as values:
        values |= {"secret": new, "previous": values["secret"]}


def retire_previous(arn: str) -> None:
    """Makes the previous webhook secret invalid."""
    with _edit(arn) as values:
        values.pop("previous", None)


@contextmanager
def _edit(arn: str) -> Iterator[dict[str, str]]:
    """Yields a secret's JSON object, and stores it at the end."""
    client: SecretsManagerClient = boto3.client("secretsmanager")
    values: dict[str, str] = json.loads(client.get_secret_value(SecretId=arn)["SecretString"])
    yield values
    client.put_secret_value(SecretId=arn, SecretString=json.dumps(values))
