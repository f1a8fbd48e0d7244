"""The services and the caller of the current request."""

from __future__ import annotations

from typing import cast

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from api.wiring import ApiServices
from mosaic.access.model import Principal
from mosaic.jobs.errors import JobNotFound
from mosaic.jobs.ids import is_job_id


def services(router: APIGatewayHttpRouter) -> ApiServices:
    """Returns the services and stores of this deployment."""
    return cast("ApiServices", router.context["services"])


def principal(router: APIGatewayHttpRouter) -> Principal:
    """Returns the caller, who already has the route's permission."""
    return cast("Principal", router.context["principal"])


def parse_job_id(text: str) -> str:
    """Returns `text` if it is a ULID; raises JobNotFound otherwise, without reading the table."""
    if not is_job_id(text):
        raise JobNotFound(text[:26])
    return text
