"""The service itself, as fields."""

from __future__ import annotations

from mosaic_cli.errors import Json
from mosaic_cli.views.value import moment


def health(answer: Json) -> Json:
    """Whether the API answers, and as far as it was told, how the agent gateway does."""
    gateway = answer.get("gateway") or {}
    return {
        **{name: value for name, value in answer.items() if name != "gateway"},
        "circuit": gateway.get("circuit"),
        "failed in a row": gateway.get("failures"),
        "open since": moment(gateway.get("openedAt")),
        "tried again": moment(gateway.get("probeAt")),
        "reason": gateway.get("reason"),
    }
