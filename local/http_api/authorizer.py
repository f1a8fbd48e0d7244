"""A Lambda authorizer with payload format 2.0 and simple responses."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local.errors import LocalError
from local.http_api.payload import Request, query_parameters
from local.http_api.routes import function_arn

Json = dict[str, Any]
Identity = tuple[str, ...]

_HEADER = "$request.header."
_QUERY = "$request.querystring."


@dataclass(frozen=True)
class Decision:
    """An authorizer's decision; the context is passed to the function."""

    allowed: bool
    context: Json


class InvalidDecisionError(Exception):
    """The authorizer's result is not a simple response."""


class Authorizer:
    """Calls its function once for each identity and period.

    As on AWS, a decision is cached by identity for every route, a refusal too.
    """

    def __init__(
        self,
        name: str,
        scheme: Mapping[str, Any],
        invoke: Callable[[str, Json], Any],
        clock: Callable[[], float] = time.monotonic,
    ):
        """Reads an OpenAPI security scheme; raises LocalError for an unsupported kind."""
        settings = scheme.get("x-amazon-apigateway-authorizer", {})
        if (
            settings.get("type") != "request"
            or settings.get("authorizerPayloadFormatVersion") != "2.0"
            or not settings.get("enableSimpleResponses")
        ):
            raise LocalError(f"authorizer {name}: only Lambda, format 2.0, simple responses run locally")
        self.function = function_arn(settings["authorizerUri"])
        """The function's ARN."""
        self._sources = _sources(name, settings.get("identitySource", []))
        self._seconds = int(settings.get("authorizerResultTtlInSeconds", 0))
        self._invoke = invoke
        self._clock = clock
        self._lock = threading.Lock()
        self._decisions: dict[Identity, tuple[float, Decision]] = {}

    def identity(self, request: Request) -> Identity | None:
        """Returns the request's identity sources, or None if any of them is missing."""
        query = query_parameters(request.query)
        values = [
            request.headers.get(source.removeprefix(_HEADER).lower(), "")
            if source.startswith(_HEADER)
            else query.get(source.removeprefix(_QUERY), "")
            for source in self._sources
        ]
        return tuple(values) if all(values) else None

    def decide(self, identity: Identity, event: Json) -> Decision:
        """Returns the decision about a request, from the cache if it is fresh.

        Raises FunctionError if the function fails, InvalidDecisionError if its result is no decision.
        """
        decision = self._cached(identity)
        if decision is None:
            request = {**event, "type": "REQUEST", "identitySource": list(identity)}
            decision = _decision(self._invoke(self.function, request))
            self._cache(identity, decision)
        return decision

    def _cached(self, identity: Identity) -> Decision | None:
        with self._lock:
            expires, decision = self._decisions.get(identity, (0.0, None))
            return decision if decision is not None and self._clock() < expires else None

    def _cache(self, identity: Identity, decision: Decision) -> None:
        if not self._seconds or not identity:
            return
        now = self._clock()
        with self._lock:
            self._decisions = {key: entry for key, entry in self._decisions.items() if now < entry[0]}
            self._decisions[identity] = (now + self._seconds, decision)


def _sources(name: str, declared: str | list[str]) -> list[str]:
    sources = declared.split(",") if isinstance(declared, str) else declared
    for source in sources:
        if not source.startswith((_HEADER, _QUERY)):
            raise LocalError(f"authorizer {name}: identity source {source} does not run locally")
    return sources


def _decision(result: Any) -> Decision:
    if not isinstance(result, dict) or not isinstance(result.get("isAuthorized"), bool):
        raise InvalidDecisionError("the result has no isAuthorized")
    return Decision(result["isAuthorized"], result.get("context") or {})
