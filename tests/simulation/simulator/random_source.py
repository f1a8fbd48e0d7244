"""Dice that decide what no promise of AWS's decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class ServiceBehavior:
    """How AWS and the gateway behave without breaking any promise of theirs: rates from 0 to 1, `lag` in seconds."""

    duplicates: float = 0.0
    """A message, a batch of the stream, or a callback comes again though it was done"""
    reordering: bool = False
    """Messages come in any order"""
    delays: float = 0.0
    """A message, a record of the stream, or a second copy of a callback comes up to hours late"""
    index_lag: float = 0.0
    """How far indexes are behind their table at most"""
    lost_callbacks: float = 0.0
    """A callback of the gateway never arrives"""
    gateway_crashes: float = 0.0
    """The gateway is killed after a call"""
    gateway_downtime: float = 0.0
    """For how many seconds at most"""
    disk_losses: float = 0.0
    """It comes back without its disk"""
    operator_stops: float = 0.0
    """An operator of the gateway stops a run"""
    writes_per_minute: int | None = None
    """How many calls of a kind the gateway takes in a minute; None for any number"""
    bus_refusals: float = 0.0
    """The bus takes an entry no more, and for up to a minute no other"""
    authorizer_cache_hits: float = 0.0
    """API Gateway still knows what the authorizer said of a token, for as long as it may remember it"""
    authorizer_throttles: float = 0.0
    """Lambda refuses to start the authorizer"""


class RandomSource:
    """A seed's dice; without any, everything takes the course that is first named."""

    def __init__(self, behavior: ServiceBehavior, random: Random | None) -> None:
        self.behavior = behavior
        self._random = random

    def happens(self, rate: float) -> bool:
        """Whether something that happens at this rate happens now."""
        return bool(rate and self._random and self._random.random() < rate)

    def between(self, least: float, most: float) -> float:
        """A number between the two; without dice the least of them, or 0 between."""
        if self._random is None:
            return max(least, 0.0)
        return least + (most - least) * self._random.random()

    def choose(self, choices: Sequence[T]) -> T:
        """One of these."""
        return self._random.choice(choices) if self._random and self.behavior.reordering else choices[0]

    def heal(self) -> None:
        """From now on everything behaves at its best."""
        self.behavior = replace(ServiceBehavior(), reordering=self.behavior.reordering)
