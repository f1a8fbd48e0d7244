"""The HTTP API's routes, from the OpenAPI document in the deployed template."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from local.errors import LocalError

_ANY = "x-amazon-apigateway-any-method"
_METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace", _ANY}


@dataclass(frozen=True)
class Route:
    """One route: its method and path, its function, and its authorizer."""

    method: str
    path: str
    function: str
    authorizer: str | None

    @property
    def key(self) -> str:
        """The route key in events, for example `GET /runner-jobs/{jobId}`."""
        return self.path if self.path == "$default" else f"{self.method} {self.path}"

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """Returns the path parameters if this route matches the request, else None."""
        if self.method not in {"ANY", method}:
            return None
        match = self._pattern.fullmatch(path)
        return None if match is None else dict(zip(self._names, match.groups(), strict=True))

    def precedence(self) -> tuple[list[int], bool]:
        """Returns the sort key: fixed segments before variables, variables before greedy ones, ANY last.

        API Gateway chooses among matching routes in this order.
        """
        return [_breadth(segment) for segment in self.path.split("/")], self.method == "ANY"

    @cached_property
    def _names(self) -> list[str]:
        return [name.rstrip("+") for name in re.findall(r"\{([^}]+)\}", self.path)]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(".*" if self.path == "$default" else "/".join(map(_segment, self.path.split("/"))))


def _breadth(segment: str) -> int:
    if segment == "$default":
        return 3
    if segment.endswith("+}"):
        return 2
    return 1 if segment.startswith("{") else 0


def _segment(segment: str) -> str:
    return (re.escape(segment), "([^/]+)", "(.+)")[_breadth(segment)]


class Routes:
    """Every route of an API, most specific first."""

    def __init__(self, document: Mapping[str, Any]):
        """Reads the routes from an OpenAPI document; raises LocalError for unsupported settings."""
        self._routes = sorted(_read(document), key=Route.precedence)

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes)

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """Returns the route for a request, with the path's parameters, or None."""
        for route in self._routes:
            parameters = route.match(method, path)
            if parameters is not None:
                return route, parameters
        return None


def _read(document: Mapping[str, Any]) -> Iterator[Route]:
    authorizers = document.get("components", {}).get("securitySchemes", {})
    for path, operations in document.get("paths", {}).items():
        for method, operation in operations.items():
            if method in _METHODS:
                name = "ANY" if method == _ANY else method.upper()
                yield Route(name, path, _function(path, operation), _authorizer(path, operation, authorizers))


def _function(path: str, operation: Mapping[str, Any]) -> str:
    integration = operation.get("x-amazon-apigateway-integration", {})
    if integration.get("type") != "aws_proxy" or integration.get("payloadFormatVersion") != "2.0":
        raise LocalError(f"route {path}: only Lambda integrations with payload format 2.0 run locally")
    return function_arn(integration["uri"])


def _authorizer(path: str, operation: Mapping[str, Any], authorizers: Mapping[str, Any]) -> str | None:
    names = [name for requirement in operation.get("security", []) for name in requirement]
    if names in ([], ["NONE"]):
        return None
    if len(names) > 1 or names[0] not in authorizers:
        raise LocalError(f"route {path}: authorizer {', '.join(names)} does not run locally")
    return str(names[0])


def function_arn(uri: str) -> str:
    """Returns the function's ARN in the URI by which API Gateway invokes it."""
    match = re.search(r"/functions/(arn:[^/]+)/invocations$", uri)
    if match is None:
        raise LocalError(f"{uri} does not invoke a function")
    return match[1]
