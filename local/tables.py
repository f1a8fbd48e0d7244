"""The tables of template.yaml as CreateTable wants them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.cloud import Cloud

Json = dict[str, Any]

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
        if resource["Type"] == "AWS::DynamoDB::Table"
    }


def create_tables(template: Path, names: Mapping[str, str], cloud: Cloud) -> None:
    """Make the template's tables under these names in a DynamoDB that no stack was created in."""
    for logical_id, settings in declared_tables(template).items():
        cloud.client("dynamodb").create_table(TableName=names[logical_id], **settings)


def _settings(declared: Json) -> Json:
    settings = {name: declared[name] for name in _MATTERS if name in declared}
    if "StreamSpecification" in declared:
        settings["StreamSpecification"] = {"StreamEnabled": True, **declared["StreamSpecification"]}
    return settings
