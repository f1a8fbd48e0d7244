"""Whether the API answers, and to admins how the gateway does."""

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
    """That the API answers."""

    status: Literal["ok"] = "ok"
    """Always `ok`"""


class GatewayHealth(Value):
    """How the calls to the agent gateway have gone lately."""

    circuit: CircuitState
    """Whether it is called: closed, always; open, not before `probeAt`; half open, by one probe"""
    failures: int
    """How many calls have failed in a row"""
    opened_at: Timestamp | None = None
    """Since when it does not work"""
    probe_at: Timestamp | None = None
    """When it is tried again"""
    reason: str | None = None
    """What its latest failure was"""


class AdminHealth(Value):
    """What an admin may know."""

    status: Literal["ok", "degraded"]
    """`degraded` while the gateway does not work and jobs wait for it"""
    gateway: GatewayHealth
    """The agent gateway"""


@router.get("/health")
def health(
    authorization: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Response[Health | AdminHealth]:
    """Whether the API answers; an admin is told how the agent gateway does, too."""
    at = services(router)
    caller = at.authenticator.of_header(authorization) if authorization else None
    if caller is None or not caller.may(Permission.READ_WORKSPACE):
        return Response(200, JSON, Health(), NOT_KEPT)
    circuit = circuit_of(at.shared)
    gateway = GatewayHealth(
        circuit=circuit.state(at.clock()),
        failures=circuit.failures,
        opened_at=circuit.opened_at,
        probe_at=circuit.probe_at,
        reason=circuit.reason,
    )
    shown = AdminHealth(status="degraded" if circuit.is_open else "ok", gateway=gateway)
    return Response(200, JSON, shown, NOT_KEPT)
