from collections.abc import Callable
from typing import Any

import pytest

Json = dict[str, Any]


@pytest.mark.parametrize("table", ["JobsTable", "EventsTable", "ClaimsTable", "AccessTable"])
def test_data_outlives_the_stack_and_a_mistake(template: Json, table: str) -> None:
    resource = template["Resources"][table]

    assert resource["DeletionPolicy"] == "Retain"
    assert resource["UpdateReplacePolicy"] == "Retain"
    assert resource["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert resource["Properties"]["DeletionProtectionEnabled"] == {"Ref": "ProtectData"}
    assert template["Parameters"]["ProtectData"]["Default"] == "true"


def test_claims_leave_by_themselves(resources: Callable[[str], dict[str, Json]]) -> None:
    claims = resources("AWS::DynamoDB::Table")["ClaimsTable"]

    assert claims["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_tables_are_encrypted_and_on_demand(resources: Callable[[str], dict[str, Json]]) -> None:
    for table in resources("AWS::DynamoDB::Table").values():
        assert table["SSESpecification"]["SSEEnabled"] is True
        assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_indexes_hold_keys_only(resources: Callable[[str], dict[str, Json]]) -> None:
    """A page reads keys, then the jobs themselves, so that a list never shows stale data of an index.

    Only usage is summed from the index itself, because a run that has ended does not change any more.
    """
    summed = {"by_usage": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["usage"]}}
    for table in resources("AWS::DynamoDB::Table").values():
        for index in table.get("GlobalSecondaryIndexes", []):
            assert index["Projection"] == summed.get(index["IndexName"], {"ProjectionType": "KEYS_ONLY"})
