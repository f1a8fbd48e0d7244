"""Clients of AWS. One session makes them all, so that what describes AWS is read once in a start."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session

if TYPE_CHECKING:
    from botocore.config import Config


@cache
def session() -> botocore.session.Session:
    """The one session."""
    return botocore.session.get_session()


def client(service: str, config: Config | None = None) -> Any:
    """A client in the region, with the credentials and at the endpoint that the environment names."""
    return session().create_client(service, config=config)
