"""Tables of an earlier stack are reused, unless they were created for another template."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from local.cloud.moto import CREDENTIALS, Cloud
from local.cloud.tables import create_tables, with_fixed_names
from local.errors import LocalError

NAMES = {"ItemsTable": "mosaic-3000-ItemsTable"}


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Cloud]:
    """A cloud whose DynamoDB is moto's in this process."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with mock_aws(), (tmp_path / "log").open("wb") as log:
        client = boto3.client("dynamodb")
        cloud = Cloud(log, tmp_path / "calls", "http://127.0.0.1:8000")
        monkeypatch.setattr(cloud, "client", lambda _service: client)
        yield cloud


def test_items_of_earlier_stack_are_kept(cloud: Cloud, template: Path) -> None:
    create_tables(template, NAMES, cloud)
    client, table = cloud.client("dynamodb"), NAMES["ItemsTable"]
    client.put_item(TableName=table, Item={"id": {"S": "1"}})

    create_tables(template, NAMES, cloud)

    assert client.scan(TableName=table)["Count"] == 1


@pytest.mark.parametrize(("key", "streams"), [("id", False), ("other", True)])
def test_table_of_another_template_is_refused(key: str, streams: bool, cloud: Cloud, template: Path) -> None:
    table = NAMES["ItemsTable"]
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    cloud.client("dynamodb").create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
        KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        StreamSpecification=stream if streams else {"StreamEnabled": False},
    )

    with pytest.raises(LocalError, match=f"the table {table} was created for another template; delete it"):
        create_tables(template, NAMES, cloud)


def test_only_tables_get_fixed_names() -> None:
    resources = {
        "JobsTable": {"Type": "AWS::DynamoDB::Table", "Properties": {"BillingMode": "PAY_PER_REQUEST"}},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {}},
    }

    renamed = with_fixed_names({"Resources": resources}, "mosaic-3000")["Resources"]

    assert renamed["JobsTable"]["Properties"]["TableName"] == "mosaic-3000-JobsTable"
    assert renamed["Queue"] == resources["Queue"]
