"""API Gateway: it has the authorizer tell who calls, remembers that for a while, and calls the api with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.fakes.api import Answered, event_of
from tests.simulation.simulator.functions import Functions
from tests.simulation.simulator.random_source import RandomSource
from tests.simulation.simulator.schedule import Schedule

# As in template.yaml, in seconds.
REMEMBERED = 30.0


@dataclass(frozen=True)
class Entry:
    """A request that reached the api: whose the authorizer said that its bearer is, nobody's where it is empty, and
    when.
    """

    bearer: str
    who: Mapping[str, Any]
    at: float


class ApiGateway:
    """The way to the api. Those `entered` tells are told before a request is let in, those `answered` tells of what it
    was answered.
    """

    def __init__(self, schedule: Schedule, random_source: RandomSource, functions: Functions) -> None:
        self._schedule, self._random_source, self._functions = schedule, random_source, functions
        self._known: dict[str, tuple[Mapping[str, Any], float]] = {}
        self.entered: list[Callable[[Entry], None]] = []
        self.answered: list[Callable[[Entry, Answered], None]] = []

    def send(
        self, method: str, path: str, body: object, bearer: str, headers: Mapping[str, str] | None = None
    ) -> Answered | None:
        """The answer to a request with this token; a 500 where nobody could say whose it is, None if none comes."""
        told = {**(headers or {}), "authorization": f"Bearer {bearer}"}
        event = event_of(method, path, body, headers=told, caller=None)
        who = self._who(event, bearer)
        if who is None:
            return Answered(event["routeKey"], 500, {}, "")
        entry = Entry(bearer, who, self._schedule.now)
        for tell in self.entered:
            tell(entry)
        event["requestContext"]["authorizer"] = {"lambda": who}
        answer = self._functions.api(event)
        if answer:
            for hear in self.answered:
                hear(entry, answer)
        return answer

    def _who(self, event: Mapping[str, Any], bearer: str) -> Mapping[str, Any] | None:
        known, until = self._known.get(bearer, ({}, 0.0))
        if self._schedule.now < until and self._random_source.happens(
            self._random_source.behavior.authorizer_cache_hits
        ):
            return known
        if self._random_source.happens(self._random_source.behavior.authorizer_throttles):
            return None
        told = self._functions.authorize({"version": "2.0", "headers": event["headers"]})
        if told is None or told["isAuthorized"] is not True:
            return None
        self._known[bearer] = (told["context"], self._schedule.now + REMEMBERED)
        return self._known[bearer][0]
