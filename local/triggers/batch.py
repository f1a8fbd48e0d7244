"""Partial batch responses: the records of a batch that a function reports as failed.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from collections.abc import Collection, Mapping
from typing import Any

from local.errors import LocalError

REPORTS_FAILURES = "ReportBatchItemFailures"


def failed_items(response: Any, sent: Collection[str]) -> set[str]:
    """Returns the identifiers that a response reports; all identifiers of the batch if it is malformed.

    An empty or missing response or list reports nothing. If an identifier is empty, missing or not in this
    batch, the whole batch counts as failed, as in Lambda.
    """
    if response is None or response == "":
        return set()
    if not isinstance(response, dict):
        return set(sent)
    failures = response.get("batchItemFailures")
    if failures is None:
        return set()
    if not isinstance(failures, list):
        return set(sent)
    reported = {str(item.get("itemIdentifier")) if isinstance(item, dict) else "" for item in failures}
    return reported if reported <= set(sent) else set(sent)


def require_known(logical_id: str, mapping: Mapping[str, Any], known: Collection[str]) -> None:
    """Raises LocalError for a property of an event source mapping that the local stack would ignore."""
    for name in mapping:
        if name not in known:
            raise LocalError(f"{logical_id}: {name} does not run locally")
