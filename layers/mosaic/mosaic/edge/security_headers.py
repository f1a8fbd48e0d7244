"""Security headers of responses, in the format of API Gateway's HTTP API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mosaic.edge.headers import header

NO_STORE = "no-store"
NO_SNIFF = "nosniff"
HSTS = "max-age=31536000; includeSubDomains"


def with_security_headers(event: Mapping[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    """Returns the response with the headers that it lacks.

    A response without a `Cache-Control` of its own is not stored. Browsers keep to HTTPS for a year; over
    plain HTTP, as on a developer's machine, that header is left out.
    """
    headers = dict(response.get("headers") or {})
    known = {name.lower() for name in headers}
    defaults = {"Cache-Control": NO_STORE, "X-Content-Type-Options": NO_SNIFF}
    if header(event, "x-forwarded-proto") == "https":
        defaults["Strict-Transport-Security"] = HSTS
    missing = {name: value for name, value in defaults.items() if name.lower() not in known}
    return {**response, "headers": {**headers, **missing}}
