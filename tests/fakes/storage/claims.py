"""The claims table in memory."""

from __future__ import annotations

from datetime import datetime

from mosaic.storage.claims import Claim


class FakeClaims:
    """`Claims` over a dictionary."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], tuple[Claim, datetime | None]] = {}

    def take(self, claim: Claim, now: datetime) -> Claim:
        """See `Claims.take`."""
        place = (claim.workspace_id, claim.key)
        held, until = self._held.get(place, (None, None))
        if held is None or (until and until <= now):
            held = claim
            self._held[place] = (held, now + claim.ttl if claim.ttl else None)
        return claim.model_copy(
            update={"fingerprint": held.fingerprint, "job_id": held.job_id, "taken_at": held.taken_at}
        )
