"""PynamoDB models bound to the tables of a deployment, with timeouts below every function's own."""

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
    """Connect and read timeouts of one try, in seconds, and the number of retries."""

    connect: float = 1
    read: float = 3
    retries: int = 3


DEFAULT_TIMEOUTS = Timeouts()


def bind(model: type[M], table: str, timeouts: Timeouts = DEFAULT_TIMEOUTS) -> type[M]:
    """Returns `model` for the table named `table`, with the region and endpoint of the environment."""
    meta = {
        "table_name": table,
        "connect_timeout_seconds": timeouts.connect,
        "read_timeout_seconds": timeouts.read,
        "max_retry_attempts": timeouts.retries,
    }
    return cast("type[M]", type(model.__name__, (model,), {"Meta": type("Meta", (), meta)}))


def is_condition_failed(error: PynamoDBException) -> bool:
    """True if the write was refused because its condition did not hold."""
    return error.cause_response_code == CONDITION_FAILED


def count(model: type[Model], index: Any, key: str, most: int) -> int:
    """Returns the number of entries of `index` under `key`, counted up to `most` by one query.

    PynamoDB's `count(limit=most)` takes `most` as the page size and counts everything.
    """
    connection = model._get_connection()
    response = connection.query(key, index_name=index.Meta.index_name, limit=most, select="COUNT")
    return int(response["Count"])
