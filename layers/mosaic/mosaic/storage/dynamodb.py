"""Binding PynamoDB models to the tables of this deployment, with timeouts below every function's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar, cast

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException
from pynamodb.models import Model

M = TypeVar("M", bound=Model)

STORAGE_ERRORS = (PynamoDBException, BotoCoreError, ClientError)
"""Every error that a call to AWS raises, through PynamoDB or through botocore."""

CONDITION_FAILED = "ConditionalCheckFailedException"


@dataclass(frozen=True)
class Timeouts:
    """How long one try may take to connect and to answer, in seconds, and how often it is repeated."""

    connect: float = 1
    read: float = 3
    retries: int = 3


DEFAULT_TIMEOUTS = Timeouts()


def bind(model: type[M], table: str, patience: Timeouts = DEFAULT_TIMEOUTS) -> type[M]:
    """`model` on the table named `table`, in the region and at the endpoint that the environment names."""
    meta = {
        "table_name": table,
        "connect_timeout_seconds": patience.connect,
        "read_timeout_seconds": patience.read,
        "max_retry_attempts": patience.retries,
    }
    return cast("type[M]", type(model.__name__, (model,), {"Meta": type("Meta", (), meta)}))


def is_condition_failed(error: PynamoDBException) -> bool:
    """Whether a write was refused because its condition did not hold."""
    return error.cause_response_code == CONDITION_FAILED


def count(model: type[Model], index: Any, key: str, most: int) -> int:
    """How many entries `index` has under `key`, counted up to `most` by one query.

    PynamoDB's own `count(limit=most)` takes `most` for the size of a page, and counts everything.
    """
    connection = model._get_connection()
    found = connection.query(key, index_name=index.Meta.index_name, limit=most, select="COUNT")
    return int(found["Count"])
