"""Confirms the AWS account before a change. A developer's machine may hold credentials of several accounts."""

from __future__ import annotations

import os
from dataclasses import dataclass

import boto3
import typer
from botocore.exceptions import BotoCoreError, ClientError


class Refused(Exception):
    """Nothing was changed; the text is the reason."""


@dataclass(frozen=True)
class Account:
    """The identity and region of the credentials."""

    id: str
    arn: str
    region: str

    def __str__(self) -> str:
        return f"account {self.id} ({self.arn}), region {self.region}"


def confirm_account(purpose: str) -> Account:
    """Returns the account and region of the environment's credentials, after the user has confirmed them.

    Without a terminal the variable ACCOUNT must name the account. Raises Refused.
    """
    account = _identify()
    if expected := os.environ.get("ACCOUNT"):
        if expected != account.id:
            raise Refused(f"ACCOUNT is {expected}, but the credentials are for {account}")
        typer.echo(f"{purpose}: {account}")
    elif not typer.confirm(f"{purpose}: {account}?"):
        raise Refused("not confirmed")
    return account


def _identify() -> Account:
    region = os.environ.get("AWS_REGION") or boto3.Session().region_name
    if not region:
        raise Refused("no region: set AWS_REGION, or a region for the profile")
    # All clients that are created later use this region.
    os.environ["AWS_REGION"] = os.environ["AWS_DEFAULT_REGION"] = region
    try:
        caller = boto3.Session().client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise Refused(f"the AWS credentials do not work: {error}") from error
    return Account(caller["Account"], caller["Arn"], region)
