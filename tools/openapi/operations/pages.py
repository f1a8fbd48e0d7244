"""About the API itself."""

from __future__ import annotations

from typing import Any

from tools.openapi.model import Operation, Success

OPERATIONS: dict[str, Operation] = {
    "GET /health": Operation(
        id="health",
        tag="Service",
        summary="Whether the API answers",
        description=(
            "Anyone may ask. With the bearer token of an admin it tells how the agent gateway does, too: while its "
            "`circuit` is not `closed`, jobs wait for it."
        ),
        responses={
            200: Success("It does.", {"status": "ok"}, headers={"Cache-Control": "Always `no-store`"})
        },
    ),
    "GET /openapi.json": Operation(
        id="openapi",
        tag="Service",
        description="OpenAPI 3.1, from which clients can be generated. Anyone may read it.",
        responses={200: Success("The document.", {"openapi": "3.1.0"}, model=dict[str, Any])},
    ),
    "GET /docs": Operation(
        id="docs",
        tag="Service",
        description="HTML without scripts, made from the same document. Anyone may read it.",
        responses={200: Success("The page.", "<!doctype html>", model=str, media_type="text/html")},
    ),
}
