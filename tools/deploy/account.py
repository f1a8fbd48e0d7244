"""Whose AWS account this is. A developer's machine may hold credentials of several, and none of them on purpose."""

from __future__ import annotations

import os
from dataclasses import dataclass

import boto3
import typer
from botocore.exceptions import BotoCoreError, ClientError


class Refused(Exception):
    """Nothing was done, and the text says why."""


@dataclass(frozen=True)
class Account:
    """Who would act, where."""

    id: str
    arn: str
    region: str

    def __str__(self) -> str:
        return f"account {self.id} ({self.arn}), region {self.region}"


def confirmed(purpose: str) -> Account:
    """The account and region that the environment's credentials are for, once a person has said yes to them.

    Without a terminal to ask at, the variable ACCOUNT has to name the account. Raises Refused.
    """
    account = _identify()
    if named := os.environ.get("ACCOUNT"):
        if named != account.id:
            raise Refused(f"ACCOUNT is {named}, and these credentials are for {account}")
        typer.echo(f"{purpose}: {account}")
    elif not typer.confirm(f"{purpose}: {account}?"):
        raise Refused("not confirmed")
    return account


def _identify() -> Account:
    region = os.environ.get("AWS_REGION") or boto3.Session().region_name
    if not region:
        raise Refused("no region: set AWS_REGION, or a region for the profile")
    # Whatever makes clients of its own from here on, makes them for this region.
    os.environ["AWS_REGION"] = os.environ["AWS_DEFAULT_REGION"] = region
    try:
        caller = boto3.Session().client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise Refused(f"no AWS credentials that work: {error}") from error
    return Account(caller["Account"], caller["Arn"], region)
