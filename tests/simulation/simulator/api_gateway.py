"""The API Gateway: runs the authorizer, caches its decision for a while, and calls the api function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.fakes.api import ApiResponse, event_of
from tests.simulation.simulator.functions import Functions
from tests.simulation.simulator.random_source import RandomSource
from tests.simulation.simulator.schedule import Schedule

# In seconds; the same as in template.yaml.
AUTHORIZER_CACHE_SECONDS = 30.0


@dataclass(frozen=True)
class AuthorizedRequest:
    """A request that reached the api function, with the authorizer's principal and the time.

    `principal` is empty for an anonymous request.
    """

    bearer: str
    principal: Mapping[str, Any]
    at: float


class ApiGateway:
    """Sends requests to the api function.

    `request_listeners` get each request before the api handles it, `response_listeners` each response.
    """

    def __init__(self, schedule: Schedule, random_source: RandomSource, functions: Functions) -> None:
        self._schedule, self._random_source, self._functions = schedule, random_source, functions
        self._authorizer_cache: dict[str, tuple[Mapping[str, Any], float]] = {}
        self.request_listeners: list[Callable[[AuthorizedRequest], None]] = []
        self.response_listeners: list[Callable[[AuthorizedRequest, ApiResponse], None]] = []

    def send(
        self, method: str, path: str, body: object, bearer: str, headers: Mapping[str, str] | None = None
    ) -> ApiResponse | None:
        """Returns the response to a request with this token.

        Returns a 500 if the authorizer fails, and None if no response arrives.
        """
        all_headers = {**(headers or {}), "authorization": f"Bearer {bearer}"}
        event = event_of(method, path, body, headers=all_headers, caller=None)
        principal = self._authorize(event, bearer)
        if principal is None:
            return ApiResponse(event["routeKey"], 500, {}, "")
        request = AuthorizedRequest(bearer, principal, self._schedule.now)
        for on_request in self.request_listeners:
            on_request(request)
        event["requestContext"]["authorizer"] = {"lambda": principal}
        response = self._functions.api(event)
        if response:
            for on_response in self.response_listeners:
                on_response(request, response)
        return response

    def _authorize(self, event: Mapping[str, Any], bearer: str) -> Mapping[str, Any] | None:
        cached, until = self._authorizer_cache.get(bearer, ({}, 0.0))
        if self._schedule.now < until and self._random_source.happens(
            self._random_source.behavior.authorizer_cache_hits
        ):
            return cached
        if self._random_source.happens(self._random_source.behavior.authorizer_throttles):
            return None
        decision = self._functions.authorize({"version": "2.0", "headers": event["headers"]})
        if decision is None or decision["isAuthorized"] is not True:
            return None
        self._authorizer_cache[bearer] = (decision["context"], self._schedule.now + AUTHORIZER_CACHE_SECONDS)
        return self._authorizer_cache[bearer][0]
