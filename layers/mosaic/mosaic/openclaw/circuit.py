"""The circuit to the gateway: it opens when calls fail in a row, and closes when a probe gets through. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from mosaic.base import Timestamp, Value
from mosaic.openclaw.errors import ClockAhead, GatewayError, GatewayUnauthorized, GatewayUnavailable

FAILURES = 5
"""Calls in a row, of all stitchers together, after which no more are made."""
FIRST_WAIT = timedelta(seconds=5)
MOST_WAIT = timedelta(seconds=30)
# A prober that has said nothing for this long has died; its call cannot have taken longer.
PROBE_TIME = timedelta(seconds=30)
# Whoever finds somebody else probing asks again after this.
PROBE_SOON = timedelta(seconds=3)


class CircuitState(StrEnum):
    """Whether the gateway is called: closed, always; open, not before a time; half open, by one only."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Circuit(Value):
    """What the calls to the gateway came to lately.

    `failures` counts them in a row, `probes` those that failed since it opened; `prober` may call, alone, until
    `probe_until`. `reason` is what the latest failure was.
    """

    failures: int = 0
    opened_at: Timestamp | None = None
    probes: int = 0
    probe_at: Timestamp | None = None
    prober: str | None = None
    probe_until: Timestamp | None = None
    reason: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether the gateway is not simply called."""
        return self.opened_at is not None

    def state(self, now: datetime) -> CircuitState:
        """How it stands."""
        if not self.is_open:
            return CircuitState.CLOSED
        return CircuitState.HALF_OPEN if self._is_probed(now) else CircuitState.OPEN

    def wait(self, now: datetime) -> timedelta | None:
        """How long to wait before asking again; None when the gateway may be called, or probed."""
        if not self.is_open:
            return None
        if self._is_probed(now):
            return PROBE_SOON
        at = self.probe_at or now
        return at - now if now < at else None

    def probed(self, who: str, now: datetime) -> Circuit:
        """Half open: `who` alone may call."""
        return self.model_copy(update={"prober": who, "probe_until": now + PROBE_TIME})

    def failed(self, who: str, reason: str, now: datetime) -> Circuit:
        """A call of `who` has failed; while open, only that of the prober tells anything new."""
        if self.is_open and self.prober != who:
            return self
        failures, probes = self.failures + 1, self.probes + (1 if self.is_open else 0)
        missed: dict[str, object] = {"failures": failures, "reason": reason}
        if self.is_open or failures >= FAILURES:
            wait: timedelta = min(FIRST_WAIT * 2 ** min(probes, 8), MOST_WAIT)
            missed |= {"opened_at": self.opened_at or now, "probes": probes, "probe_at": now + wait}
            missed |= {"prober": None, "probe_until": None}
        return self.model_copy(update=missed)

    def _is_probed(self, now: datetime) -> bool:
        return self.probe_until is not None and now < self.probe_until


def is_failure(error: GatewayError) -> bool:
    """Whether the gateway itself does not work: not reached, broken, or not to be talked to with our token.

    A refusal of one request is an answer, and so is being busy for a while, or having another time.
    """
    if isinstance(error, GatewayUnauthorized):
        return True
    broken = isinstance(error, GatewayUnavailable) and not isinstance(error, ClockAhead)
    return broken and asked_to_wait(error) is None


def asked_to_wait(error: GatewayError) -> timedelta | None:
    """How long a gateway that works wants to be left alone; None for one that does not work."""
    if not isinstance(error, GatewayUnavailable) or error.may_have_been_accepted:
        return None
    return timedelta(seconds=error.retry_after_seconds) if error.retry_after_seconds else None
