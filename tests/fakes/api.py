"""The api function over the fakes, called as API Gateway calls it."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import count
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from api.app import answer
from api.authorization import ROUTES
from api.wiring import ApiServices
from api.workspace_cache import ConnectedRepositories, Workspaces
from local.http_api.payload import Request, event_for, with_body
from local.http_api.routes import Route
from mosaic.access.model import Principal, Role
from mosaic.edge.refusals import api_refusals
from mosaic.rails.policy import base_policies
from mosaic.services.authenticate_caller import Authenticator
from mosaic.services.connect_repository import RepositoryConnections
from mosaic.services.limit_waits import WaitLimiter
from mosaic.services.manage_tokens import TokenManager
from mosaic.services.redrive_dead_letters import DeadLetterRedrive
from mosaic.services.verify_log import LogVerifier
from tests.fakes.deployment import Deployment
from tests.fakes.simulated_deployment import SimulatedDeployment
from tests.fakes.storage.secrets import FakeSecrets

SECRETS = FakeSecrets({})
_NUMBERS = count()
ADMIN = Principal(workspace_id="demo", token_id="ada", role=Role.ADMIN)


def _route(key: str) -> Route:
    method, path = key.split(" ", 1)
    return Route(method, path, function="api", authorizer=None)


_ROUTES = sorted(map(_route, ROUTES), key=Route.precedence)


@dataclass(frozen=True)
class ApiResponse:
    """A response of the function, and the route that it belongs to."""

    route: str
    status: int
    headers: Mapping[str, str]
    body: str

    @cached_property
    def json(self) -> Any:
        """The body's JSON; None without a body."""
        return json.loads(self.body) if self.body else None

    @property
    def fields(self) -> list[str]:
        """The fields that a problem names."""
        return [error["field"] for error in self.json.get("errors", ())]


def services(
    deployment: Deployment, clock: Callable[[], datetime], sleep: Callable[[float], None]
) -> ApiServices:
    """Returns the services of the API function in this deployment, on this clock."""
    access = deployment.injected.access
    return ApiServices(
        jobs=deployment.injected.jobs,
        events=deployment.injected.events,
        access=access,
        workspaces=Workspaces(access, clock),
        repositories=ConnectedRepositories(access, clock),
        tokens=TokenManager(access, clock, lambda _: f"T{len(access.tokens('demo', 999, None)):025d}"),
        connections=lambda: RepositoryConnections(
            deployment.injected.connections,
            SECRETS,
            "test/connection/",
            clock,
            lambda _: str(next(_NUMBERS)),
        ),
        single_tenant=True,
        ci_issuers=("https://token.actions.githubusercontent.com",),
        acceptance=deployment.acceptance,
        control=deployment.control,
        audit=LogVerifier(deployment.injected.jobs, deployment.injected.events, clock),
        repairs=deployment.injected.repairs,
        redrive=DeadLetterRedrive(
            deployment.injected.jobs,
            deployment.control,
            deployment.injected.queue,
            deployment.injected.dead_letters,
        ),
        approvals=deployment.approvals,
        wait_queue=deployment.wait_queue,
        shared=deployment.injected.shared,
        waits=WaitLimiter(deployment.injected.shared, clock),
        authenticator=Authenticator(access, tuple, None, clock, records_last_use=False),
        policies=base_policies,
        clock=clock,
        sleep=sleep,
        refusals=api_refusals(deployment.measured.append),
    )


def event_of(
    method: str,
    path: str,
    body: object = None,
    *,
    query: str = "",
    headers: Mapping[str, str] | None = None,
    caller: Principal | None = ADMIN,
) -> dict[str, Any]:
    """Returns the event that API Gateway makes of a request with this decoded path and undecoded query.

    `body` is bytes or becomes JSON.
    """
    data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    known = {"content-type": "application/json"} if data else {}
    request = Request(
        method=method,
        path=path,
        query=query,
        headers={**known, **(headers or {})},
        cookies=(),
        body=data,
        source_ip="127.0.0.1",
        protocol="HTTP/1.1",
        request_id="request",
        time=datetime(2026, 11, 22, tzinfo=UTC),
    )
    route, parameters = next(
        (route, found) for route in _ROUTES if (found := route.match(method, path)) is not None
    )
    event = with_body(event_for(request, route, parameters, "api"), request)
    if caller:
        event["requestContext"]["authorizer"] = {"lambda": caller.model_dump(mode="json", by_alias=True)}
    return event


class FakeApi:
    """One deployment in memory whose routes can be called."""

    def __init__(self) -> None:
        self.deployment = SimulatedDeployment()
        self.services = services(self.deployment, self.deployment.clock, self.deployment.clock.forward)

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        caller: Principal | None = ADMIN,
    ) -> ApiResponse:
        """The answer to the request that `event_of` makes of this."""
        event = event_of(method, path, body, query=query, headers=headers, caller=caller)
        return answered(event, answer(event, LambdaContext(), self.services))


def answered(event: Mapping[str, Any], response: Mapping[str, Any]) -> ApiResponse:
    """The function's response to an event, as clients read it."""
    body = response.get("body") or ""
    headers = {name.lower(): value for name, value in (response.get("headers") or {}).items()}
    if response.get("isBase64Encoded"):
        body = gzip.decompress(base64.b64decode(body)).decode()
    return ApiResponse(event["routeKey"], response["statusCode"], headers, body)
