"""The circuit of the gateway: it opens when calls fail in a row, and closes when a probe succeeds. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from mosaic.base import Timestamp, Value
from mosaic.openclaw.errors import ClockAhead, GatewayError, GatewayUnauthorized, GatewayUnavailable

FAILURES = 5
"""The circuit opens after this many failed calls in a row, of all stitchers together."""
FIRST_WAIT = timedelta(seconds=5)
MOST_WAIT = timedelta(seconds=30)
# No call takes longer, so a prober without a result after this time has crashed.
PROBE_TIME = timedelta(seconds=30)
# The wait while another caller probes.
PROBE_SOON = timedelta(seconds=3)


class CircuitState(StrEnum):
    """CLOSED: all callers may call. OPEN: no caller may, until the next probe is due. HALF_OPEN: only the
    prober may.
    """

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Circuit(Value):
    """The recent results of calls to the gateway.

    `failures` counts failed calls in a row, `probes` the failed ones since the circuit opened. Only `prober`
    may call until `probe_until`. `reason` describes the latest failure.
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
        """Whether calls are paused."""
        return self.opened_at is not None

    def state(self, now: datetime) -> CircuitState:
        """Returns the state at this time."""
        if not self.is_open:
            return CircuitState.CLOSED
        return CircuitState.HALF_OPEN if self._is_probed(now) else CircuitState.OPEN

    def wait(self, now: datetime) -> timedelta | None:
        """Returns how long to wait before asking again, or None when the gateway may be called or probed."""
        if not self.is_open:
            return None
        if self._is_probed(now):
            return PROBE_SOON
        at = self.probe_at or now
        return at - now if now < at else None

    def probed(self, caller: str, now: datetime) -> Circuit:
        """Returns the half-open circuit, in which only `caller` may call."""
        return self.model_copy(update={"prober": caller, "probe_until": now + PROBE_TIME})

    def failed(self, caller: str, reason: str, now: datetime) -> Circuit:
        """Returns the circuit after a failed call of `caller`; while open, only the prober's call changes it."""
        if self.is_open and self.prober != caller:
            return self
        failures, probes = self.failures + 1, self.probes + (1 if self.is_open else 0)
        changes: dict[str, object] = {"failures": failures, "reason": reason}
        if self.is_open or failures >= FAILURES:
            wait: timedelta = min(FIRST_WAIT * 2 ** min(probes, 8), MOST_WAIT)
            changes |= {"opened_at": self.opened_at or now, "probes": probes, "probe_at": now + wait}
            changes |= {"prober": None, "probe_until": None}
        return self.model_copy(update=changes)

    def _is_probed(self, now: datetime) -> bool:
        return self.probe_until is not None and now < self.probe_until


def is_failure(error: GatewayError) -> bool:
    """Whether the gateway itself fails: it is unreachable or broken, or rejects the token.

    A refusal of one request is no failure, nor is a busy gateway or one with another time.
    """
    if isinstance(error, GatewayUnauthorized):
        return True
    broken = isinstance(error, GatewayUnavailable) and not isinstance(error, ClockAhead)
    return broken and asked_to_wait(error) is None


def asked_to_wait(error: GatewayError) -> timedelta | None:
    """Returns how long a busy gateway asked the caller to wait, or None for a gateway that fails."""
    if not isinstance(error, GatewayUnavailable) or error.may_have_been_accepted:
        return None
    return timedelta(seconds=error.retry_after_seconds) if error.retry_after_seconds else None
