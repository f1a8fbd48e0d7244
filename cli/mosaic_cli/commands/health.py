"""`mosaic health`: the service itself."""

from __future__ import annotations

from mosaic_cli.session import Session
from mosaic_cli.views import service as service_view


def health(session: Session) -> None:
    """Ask whether the API answers; for admins, how the gateway does."""
    answer = session.api.send("GET", "/health", anyone=True)
    session.show(answer, lambda paper: paper.fields(service_view.health(answer)))
