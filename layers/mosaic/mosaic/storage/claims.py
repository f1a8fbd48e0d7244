"""Claims of idempotency keys, kept for a limited time, and of webhook deliveries, kept for ever."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from pynamodb.attributes import TTLAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.models import Model

from mosaic.base import Timestamp, Value, rfc3339
from mosaic.storage.dynamodb import bind, is_condition_failed


class Claim(Value):
    """A claim of `key` in a workspace, for a job and a request with this fingerprint.

    `ttl` is the time for which the key stays claimed; None means always. `taken_at` is the time of the claim,
    if recorded.
    """

    workspace_id: str
    key: str
    fingerprint: str
    job_id: str
    ttl: timedelta | None = None
    taken_at: Timestamp | None = None


class Claims(Protocol):
    """The claims, as the services use them."""

    def take(self, claim: Claim, now: datetime) -> Claim:
        """Stores `claim` unless its key is claimed. Returns the claim that holds the key."""


class ClaimItem(Model):
    """The item of a claim."""

    class Meta:
        """The table is bound by `mosaic.storage.dynamodb.bind`."""

        table_name = "claims"

    claim_key = UnicodeAttribute(hash_key=True)
    # Absent if empty: some DynamoDB implementations refuse empty strings.
    fingerprint = UnicodeAttribute(null=True)
    job_id = UnicodeAttribute()
    taken_at = UnicodeAttribute(null=True)
    expires_at = TTLAttribute(null=True)


class ClaimStore:
    """The claims in DynamoDB."""

    def __init__(self, table: str) -> None:
        self._items = bind(ClaimItem, table)

    def take(self, claim: Claim, now: datetime) -> Claim:
        """See `Claims.take`."""
        key = f"{claim.workspace_id}#{claim.key}"
        item = self._items(
            key,
            fingerprint=claim.fingerprint or None,
            job_id=claim.job_id,
            taken_at=rfc3339(claim.taken_at) if claim.taken_at else None,
            expires_at=now + claim.ttl if claim.ttl else None,
        )
        try:
            # DynamoDB deletes expired items days later.
            item.save(self._items.claim_key.does_not_exist() | (self._items.expires_at <= now))
        except PutError as error:
            if not is_condition_failed(error):
                raise
            stored = self._items.get(key, consistent_read=True)
            fields = {
                "fingerprint": stored.fingerprint or "",
                "job_id": stored.job_id,
                "taken_at": stored.taken_at,
            }
            return Claim.model_validate({**dict(claim), **fields})
        return claim
