"""A deployed stack: its outputs, its tables, and its deletion."""

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
    """The stack of a name, which may not exist."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._client: CloudFormationClient = boto3.client("cloudformation")

    def outputs(self) -> Mapping[str, str] | None:
        """Returns the outputs by name; None if there is no such stack."""
        try:
            (description,) = self._client.describe_stacks(StackName=self.name)["Stacks"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                return None
            raise
        return {output["OutputKey"]: output["OutputValue"] for output in description.get("Outputs", [])}

    def tables(self) -> tuple[str, ...]:
        """Returns the names of the stack's tables."""
        pages = self._client.get_paginator("list_stack_resources").paginate(StackName=self.name)
        return tuple(
            resource["PhysicalResourceId"]
            for page in pages
            for resource in page["StackResourceSummaries"]
            if resource["ResourceType"] == TABLE
        )

    def delete(self) -> None:
        """Deletes the stack and waits for the end; the template keeps the tables. Raises WaiterError."""
        self._client.delete_stack(StackName=self.name)
        self._client.get_waiter("stack_delete_complete").wait(StackName=self.name)


def required_outputs(stack: Stack) -> Mapping[str, str]:
    """Returns the stack's outputs; raises Refused if it does not exist."""
    description = stack.outputs()
    if description is None:
        raise Refused(f"the stack {stack.name} does not exist in this account and region")
    return description


def delete_table(name: str) -> None:
    """Deletes a table with its items, even if it is protected."""
    client: DynamoDBClient = boto3.client("dynamodb")
    client.update_table(TableName=name, DeletionProtectionEnabled=False)
    client.get_waiter("table_exists").wait(TableName=name)
    client.delete_table(TableName=name)
