"""Routes that serve the API contract from files, which no request has to generate."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from mosaic.edge.http import JSON

router = APIGatewayHttpRouter()

# The page has no scripts and needs no other files.
_PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
EXAMPLE_ORIGIN = "http://127.0.0.1:3000"
"""The origin in the page's examples, replaced by that of the request"""
_FRESH = {"Cache-Control": "public, max-age=300", "X-Content-Type-Options": "nosniff"}


@router.get("/", include_in_schema=False)
def index() -> Response[Any]:
    """Redirect browsers to the page."""
    return Response(302, "text/plain; charset=utf-8", "See /docs\n", {"Location": "/docs"})


@router.get("/openapi.json")
def openapi() -> Response[Any]:
    """Get this contract as an OpenAPI document."""
    return Response(200, JSON, _text("openapi.json"), _FRESH)


@router.get("/docs")
def docs() -> Response[Any]:
    """Get this contract as a page."""
    headers = {**_FRESH, "Content-Security-Policy": _PAGE_POLICY}
    page = _text("docs.html").replace(EXAMPLE_ORIGIN, escape(_origin()))
    return Response(200, "text/html; charset=utf-8", page, headers)


def _origin() -> str:
    event = router.current_event
    scheme = event.headers.get("x-forwarded-proto", "https")
    return f"{scheme}://{event['requestContext']['domainName']}"


@cache
def _text(name: str) -> str:
    return (Path(__file__).parents[1] / name).read_text("utf-8")
