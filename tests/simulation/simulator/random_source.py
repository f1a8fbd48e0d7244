"""Random decisions within the guarantees that AWS and the gateway give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class ServiceBehavior:
    """The behavior of AWS and the gateway within their guarantees. Rates are from 0 to 1, times in seconds."""

    duplicates: float = 0.0
    """A message, a batch of the stream, or a callback is delivered again after it was handled"""
    reordering: bool = False
    """Messages arrive in any order"""
    delays: float = 0.0
    """A message, a record of the stream, or a second copy of a callback arrives up to hours late"""
    index_lag: float = 0.0
    """The maximum time that an index is behind its table"""
    lost_callbacks: float = 0.0
    """A callback of the gateway never arrives"""
    gateway_crashes: float = 0.0
    """The gateway is killed after a call"""
    gateway_downtime: float = 0.0
    """The maximum time until a killed gateway is back"""
    disk_losses: float = 0.0
    """The gateway restarts without its disk"""
    operator_stops: float = 0.0
    """An operator of the gateway stops a run"""
    writes_per_minute: int | None = None
    """The number of calls of a kind that the gateway accepts in a minute; None for no limit"""
    bus_refusals: float = 0.0
    """The bus refuses an entry, and all others for up to a minute"""
    authorizer_cache_hits: float = 0.0
    """API Gateway still has the authorizer's decision about a token, while it may cache it"""
    authorizer_throttles: float = 0.0
    """Lambda throttles the authorizer"""


class RandomSource:
    """A seed's random numbers. Without `random`, every decision takes its default."""

    def __init__(self, behavior: ServiceBehavior, random: Random | None) -> None:
        self.behavior = behavior
        self._random = random

    def happens(self, rate: float) -> bool:
        """Returns True at this rate."""
        return bool(rate and self._random and self._random.random() < rate)

    def between(self, least: float, most: float) -> float:
        """Returns a number between the two; without random numbers the least one that is not negative."""
        if self._random is None:
            return max(least, 0.0)
        return least + (most - least) * self._random.random()

    def delay(self, max_seconds: float) -> float:
        """Returns 0, or at the rate `delays` up to `max_seconds`."""
        return self.between(0, max_seconds) if self.happens(self.behavior.delays) else 0.0

    def choose(self, choices: Sequence[T]) -> T:
        """Returns one of the choices, the first unless messages are reordered."""
        return self._random.choice(choices) if self._random and self.behavior.reordering else choices[0]

    def heal(self) -> None:
        """Sets all rates to 0. Messages stay unordered."""
        self.behavior = replace(ServiceBehavior(), reordering=self.behavior.reordering)
