"""What a handler reaches for: the services and the caller of the request under way."""

from __future__ import annotations

from typing import cast

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from api.wiring import ApiServices
from mosaic.access.model import Principal
from mosaic.jobs.errors import JobNotFound
from mosaic.jobs.ids import is_job_id


def services(router: APIGatewayHttpRouter) -> ApiServices:
    """The flows and stores of this deployment."""
    return cast("ApiServices", router.context["services"])


def principal(router: APIGatewayHttpRouter) -> Principal:
    """Who calls; the route's own permission is already checked."""
    return cast("Principal", router.context["principal"])


def job_id_of(text: str) -> str:
    """`text` if it can be a job's id; raises JobNotFound for what is no ULID, without a read."""
    if not is_job_id(text):
        raise JobNotFound(text[:26])
    return text
