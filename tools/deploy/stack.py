"""A deployed stack: what it put out, what of it stays, and its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from tools.deploy.account import Refused

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "AWS::DynamoDB::Table"


class Stack:
    """The stack of a name, whether there is one or not."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._client: CloudFormationClient = boto3.client("cloudformation")

    def outputs(self) -> Mapping[str, str] | None:
        """Its outputs by name; None when there is no such stack."""
        try:
            (found,) = self._client.describe_stacks(StackName=self.name)["Stacks"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                return None
            raise
        return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}

    def tables(self) -> tuple[str, ...]:
        """The names of its tables."""
        pages = self._client.get_paginator("list_stack_resources").paginate(StackName=self.name)
        return tuple(
            resource["PhysicalResourceId"]
            for page in pages
            for resource in page["StackResourceSummaries"]
            if resource["ResourceType"] == TABLE
        )

    def delete(self) -> None:
        """Delete it and wait for that; tables stay, as the template says. Raises WaiterError."""
        self._client.delete_stack(StackName=self.name)
        self._client.get_waiter("stack_delete_complete").wait(StackName=self.name)


def required_outputs(stack: Stack) -> Mapping[str, str]:
    """The outputs of a stack that has to be there; raises Refused."""
    found = stack.outputs()
    if found is None:
        raise Refused(f"there is no stack {stack.name} here")
    return found


def delete_table(name: str) -> None:
    """Delete a table with all that is in it, protected or not."""
    client: DynamoDBClient = boto3.client("dynamodb")
    client.update_table(TableName=name, DeletionProtectionEnabled=False)
    client.get_waiter("table_exists").wait(TableName=name)
    client.delete_table(TableName=name)
