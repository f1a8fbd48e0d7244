"""About the API itself."""

from __future__ import annotations

from tools.openapi.model import Answer, Operation

OPERATIONS: dict[str, Operation] = {
    "GET /health": Operation(
        id="health",
        tag="Service",
        answers={
            200: Answer(
                "It does.",
                {
                    "type": "object",
                    "required": ["status"],
                    "properties": {"status": {"const": "ok", "description": "Always `ok`"}},
                },
                {"status": "ok"},
            )
        },
    ),
    "GET /openapi.json": Operation(
        id="openapi",
        tag="Service",
        answers={200: Answer("The document.", {"type": "object"}, {"openapi": "3.1.0"})},
    ),
    "GET /docs": Operation(
        id="docs",
        tag="Service",
        answers={200: Answer("The page.", {"type": "string"}, "<!doctype html>", media_type="text/html")},
    ),
}
