"""The health route; admins also see the state of the gateway."""

from __future__ import annotations

from typing import Annotated, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Header
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from api.context import services
from mosaic.access.model import Permission
from mosaic.base import Timestamp, Value
from mosaic.edge.http import JSON
from mosaic.openclaw.circuit import CircuitState
from mosaic.services.circuit_breaker import circuit_of

router = APIGatewayHttpRouter()

NOT_KEPT = {"Cache-Control": "no-store"}


class Health(Value):
    """The API is available."""

    status: Literal["ok"] = "ok"
    """Always `ok`"""


class GatewayHealth(Value):
    """The state of the calls to the agent gateway."""

    circuit: CircuitState
    """Closed: calls pass; open: no calls before `probeAt`; half open: one probe decides"""
    failures: int
    """The number of consecutive failed calls"""
    opened_at: Timestamp | None = None
    """The start of the outage"""
    probe_at: Timestamp | None = None
    """The time of the next probe"""
    reason: str | None = None
    """The latest failure"""


class AdminHealth(Value):
    """The state of the API and the gateway, for admins."""

    status: Literal["ok", "degraded"]
    """`degraded` while the gateway fails and jobs wait for it"""
    gateway: GatewayHealth
    """The agent gateway"""


@router.get("/health")
def health(
    authorization: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Response[Health | AdminHealth]:
    """Show the health of the API; admins also see the state of the gateway."""
    deps = services(router)
    caller = deps.authenticator.of_header(authorization) if authorization else None
    if caller is None or not caller.may(Permission.READ_WORKSPACE):
        return Response(200, JSON, Health(), NOT_KEPT)
    circuit = circuit_of(deps.shared, deps.workspaces.now(caller.workspace_id).gateway)
    gateway = GatewayHealth(
        circuit=circuit.state(deps.clock()),
        failures=circuit.failures,
        opened_at=circuit.opened_at,
        probe_at=circuit.probe_at,
        reason=circuit.reason,
    )
    admin_health = AdminHealth(status="degraded" if circuit.is_open else "ok", gateway=gateway)
    return Response(200, JSON, admin_health, NOT_KEPT)
