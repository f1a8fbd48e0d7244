"""API Gateway's authorizer: identifies the caller. The API's own table of permissions decides what a caller
may do.

An unknown caller is let through without a principal, and the API answers 401. A refusal here would become a
403 with API Gateway's own body. The contract requires a 401 that explains the error.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools import Tracer
from aws_lambda_powertools.utilities.typing import LambdaContext

from authorizer.wiring import authenticator
from mosaic.edge.headers import header
from mosaic.edge.log import function_logger
from mosaic.edge.start import prepare
from mosaic.services.authenticate_caller import Authenticator

logger = function_logger()
tracer = Tracer()


@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """HTTP API authorizer event, format 2.0 → simple response whose context names the principal, if any."""
    return answer(event, authenticator())


def answer(event: dict[str, Any], authenticator: Authenticator) -> dict[str, Any]:
    """Returns the response that names the holder of the request's bearer token."""
    principal = authenticator.of_header(header(event, "authorization") or "")
    known = principal.model_dump(mode="json", by_alias=True, exclude_none=True) if principal else {}
    return {"isAuthorized": True, "context": known}


prepare(authenticator)
