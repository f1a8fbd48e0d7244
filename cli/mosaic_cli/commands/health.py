"""`mosaic health`: the state of the service."""

from __future__ import annotations

from mosaic_cli.session import Session
from mosaic_cli.views import health as health_view


def health(session: Session) -> None:
    """Check that the API answers; for admins, also the state of the gateway."""
    document = session.api.send("GET", "/health", token_optional=True)
    session.show(document, lambda renderer: renderer.fields(health_view.fields(document)))
