"""The tables of template.yaml as CreateTable wants them."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.cloud.moto import Cloud
from local.errors import LocalError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Json = dict[str, Any]

TABLE = "AWS::DynamoDB::Table"

# What a table needs to behave as deployed; encryption, backup and the TTL's own pace make no difference.
_MATTERS = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")


def declared_tables(template: Path) -> Mapping[str, Json]:
    """Arguments of CreateTable but for the name, by logical id."""
    from samtranslator.yaml_helper import (  # type: ignore[import-untyped]  # ships no types; few starts need it
        yaml_parse,
    )

    resources: dict[str, Json] = yaml_parse(template.read_text(encoding="utf-8"))["Resources"]
    return {
        logical_id: _settings(resource["Properties"])
        for logical_id, resource in resources.items()
        if resource["Type"] == TABLE
    }


def named(template: Json, prefix: str) -> Json:
    """The CloudFormation template with a fixed name for each table: `prefix` and its logical id."""
    resources = {
        logical_id: {
            **resource,
            "Properties": {**resource["Properties"], "TableName": f"{prefix}-{logical_id}"},
        }
        if resource["Type"] == TABLE
        else resource
        for logical_id, resource in template["Resources"].items()
    }
    return {**template, "Resources": resources}


def create_tables(template: Path, names: Mapping[str, str], cloud: Cloud) -> None:
    """Make the template's tables under these names in a DynamoDB that no stack was created in.

    A table that is there already is used as it is. Raises LocalError when it was made for another template, or when
    the DynamoDB refuses or does not answer.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    client: DynamoDBClient = cloud.client("dynamodb")
    for logical_id, settings in declared_tables(template).items():
        name = names[logical_id]
        try:
            client.create_table(TableName=name, **settings)
        except client.exceptions.ResourceInUseException:
            _check(client, name, settings)
        except (BotoCoreError, ClientError) as error:
            raise LocalError(f"the DynamoDB {cloud.dynamodb}: {error}") from error


def _check(client: "DynamoDBClient", name: str, settings: Json) -> None:
    found: Json = {**client.describe_table(TableName=name)["Table"]}
    if _shape(found) != _shape(settings):
        raise LocalError(
            f"the table {name} was made for another template; delete it, or choose another PORT="
        )


def _shape(table: Json) -> Json:
    """What cannot be changed without anybody noticing, in one order."""
    indexes = table.get("GlobalSecondaryIndexes", [])
    return {
        "key": table["KeySchema"],
        "attributes": sorted(map(str, table["AttributeDefinitions"])),
        "indexes": sorted((one["IndexName"], str(one["KeySchema"]), _projected(one)) for one in indexes),
        "stream": table.get("StreamSpecification", {}).get("StreamViewType"),
    }


def _projected(index: Json) -> str:
    projection = index["Projection"]
    return " ".join([projection["ProjectionType"], *sorted(projection.get("NonKeyAttributes", ()))])


def _settings(declared: Json) -> Json:
    settings = {name: declared[name] for name in _MATTERS if name in declared}
    if "StreamSpecification" in declared:
        settings["StreamSpecification"] = {"StreamEnabled": True, **declared["StreamSpecification"]}
    return settings
