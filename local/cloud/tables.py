"""The tables of template.yaml as arguments of CreateTable."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.cloud.moto import Cloud
from local.errors import LocalError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Json = dict[str, Any]

TABLE = "AWS::DynamoDB::Table"

# Encryption, backup and TTL do not change the behaviour of a local table.
_SETTINGS = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")


def declared_tables(template: Path) -> Mapping[str, Json]:
    """Returns the arguments of CreateTable without the name, by logical id."""
    from samtranslator.yaml_helper import (  # type: ignore[import-untyped]  # ships no types; few starts need it
        yaml_parse,
    )

    resources: dict[str, Json] = yaml_parse(template.read_text(encoding="utf-8"))["Resources"]
    return {
        logical_id: _settings(resource["Properties"])
        for logical_id, resource in resources.items()
        if resource["Type"] == TABLE
    }


def with_fixed_names(template: Json, prefix: str) -> Json:
    """Returns the CloudFormation template with a fixed name for each table: `prefix` and its logical id."""
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
    """Creates the template's tables under these names in a DynamoDB other than moto's.

    An existing table is reused. Raises LocalError if it was created for another template, or if the DynamoDB
    refuses or does not answer.
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
    existing: Json = {**client.describe_table(TableName=name)["Table"]}
    if _comparable(existing) != _comparable(settings):
        raise LocalError(
            f"the table {name} was created for another template; delete it, or choose another PORT="
        )


def _comparable(table: Json) -> Json:
    """Returns the settings that cannot change without an effect on the functions, in a fixed order."""
    indexes = table.get("GlobalSecondaryIndexes", [])
    return {
        "key": table["KeySchema"],
        "attributes": sorted(map(str, table["AttributeDefinitions"])),
        "indexes": sorted(
            (index["IndexName"], str(index["KeySchema"]), _projected(index)) for index in indexes
        ),
        "stream": table.get("StreamSpecification", {}).get("StreamViewType"),
    }


def _projected(index: Json) -> str:
    projection = index["Projection"]
    return " ".join([projection["ProjectionType"], *sorted(projection.get("NonKeyAttributes", ()))])


def _settings(properties: Json) -> Json:
    settings = {name: properties[name] for name in _SETTINGS if name in properties}
    if "StreamSpecification" in properties:
        settings["StreamSpecification"] = {"StreamEnabled": True, **properties["StreamSpecification"]}
    return settings
