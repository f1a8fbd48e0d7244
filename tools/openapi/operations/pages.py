"""About the API itself."""

from __future__ import annotations

from tools.openapi.model import Answer, Operation
from tools.openapi.schemas import REF

_HEALTH = {"anyOf": [{"$ref": f"{REF}{name}"} for name in ("Health", "AdminHealth")]}

OPERATIONS: dict[str, Operation] = {
    "GET /health": Operation(
        id="health",
        tag="Service",
        summary="Whether the API answers",
        about=(
            "Anyone may ask. With the bearer token of an admin it tells how the agent gateway does, too: while its "
            "`circuit` is not `closed`, jobs wait for it."
        ),
        answers={
            200: Answer("It does.", _HEALTH, {"status": "ok"}, headers={"Cache-Control": "Always `no-store`"})
        },
    ),
    "GET /openapi.json": Operation(
        id="openapi",
        tag="Service",
        about="OpenAPI 3.1, from which clients can be generated. Anyone may read it.",
        answers={200: Answer("The document.", {"type": "object"}, {"openapi": "3.1.0"})},
    ),
    "GET /docs": Operation(
        id="docs",
        tag="Service",
        about="HTML without scripts, made from the same document. Anyone may read it.",
        answers={200: Answer("The page.", {"type": "string"}, "<!doctype html>", media_type="text/html")},
    ),
}
