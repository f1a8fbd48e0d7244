"""The state of the service as fields."""

from __future__ import annotations

from mosaic_cli.errors import Json
from mosaic_cli.rendering.values import utc_second


def fields(document: Json) -> Json:
    """Returns the state of the API, and of the agent gateway if the API reports it."""
    gateway = document.get("gateway") or {}
    return {
        **{name: value for name, value in document.items() if name != "gateway"},
        "circuit": gateway.get("circuit"),
        "failures in a row": gateway.get("failures"),
        "open since": utc_second(gateway.get("openedAt")),
        "next probe": utc_second(gateway.get("probeAt")),
        "reason": gateway.get("reason"),
    }
