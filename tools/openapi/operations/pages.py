"""Health and documentation of the API."""

from __future__ import annotations

from typing import Any

from tools.openapi.model import Operation, Success

OPERATIONS: dict[str, Operation] = {
    "GET /health": Operation(
        id="health",
        tag="Service",
        summary="Show the health of the API",
        description=(
            "Needs no token. With an admin's bearer token the response includes the state of the agent gateway. Jobs "
            "wait for the gateway unless its `circuit` is `closed`."
        ),
        responses={
            200: Success(
                "The API is available.", {"status": "ok"}, headers={"Cache-Control": "Always `no-store`"}
            )
        },
    ),
    "GET /openapi.json": Operation(
        id="openapi",
        tag="Service",
        description="OpenAPI 3.1, for client generators. Needs no token.",
        responses={200: Success("The document.", {"openapi": "3.1.0"}, model=dict[str, Any])},
    ),
    "GET /docs": Operation(
        id="docs",
        tag="Service",
        description="HTML without scripts, rendered from the same document. Needs no token.",
        responses={200: Success("The page.", "<!doctype html>", model=str, media_type="text/html")},
    ),
}
