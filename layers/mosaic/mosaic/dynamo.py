"""Binding PynamoDB models to the tables of this deployment, with timeouts below every function's own."""

from __future__ import annotations

from typing import TypeVar, cast

from pynamodb.exceptions import PynamoDBException
from pynamodb.models import Model

M = TypeVar("M", bound=Model)

CONDITION_FAILED = "ConditionalCheckFailedException"


def bind(model: type[M], table: str) -> type[M]:
    """`model` on the table named `table`, in the region and at the endpoint that the environment names."""
    meta = {
        "table_name": table,
        "connect_timeout_seconds": 1,
        "read_timeout_seconds": 3,
        "max_retry_attempts": 3,
    }
    return cast("type[M]", type(model.__name__, (model,), {"Meta": type("Meta", (), meta)}))


def is_condition_failed(error: PynamoDBException) -> bool:
    """Whether a write was refused because its condition did not hold."""
    return error.cause_response_code == CONDITION_FAILED
