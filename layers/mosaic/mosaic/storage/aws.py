"""AWS clients from one session, so that botocore's data is read once in a start."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session

if TYPE_CHECKING:
    from botocore.config import Config


@cache
def session() -> botocore.session.Session:
    """Returns the shared session."""
    return botocore.session.get_session()


def client(service: str, config: Config | None = None) -> Any:
    """Returns a client with the region, credentials and endpoint of the environment."""
    return session().create_client(service, config=config)
