"""API tokens as fields and tables."""

from __future__ import annotations

from collections.abc import Iterable

from mosaic_cli.errors import Json
from mosaic_cli.rendering.renderers import Table
from mosaic_cli.rendering.values import Id, Timestamp, as_text, utc_second


def table(items: Iterable[Json]) -> Table:
    """Returns a row per token."""
    headers = ("ID", "ROLE", "NAME", "CREATED", "EXPIRES", "LAST USED", "REVOKED")
    drop = ("CREATED", "EXPIRES", "LAST USED")
    return Table(headers, (_row(token) for token in items), drop=drop)


def _row(token: Json) -> tuple[object, ...]:
    times = ("createdAt", "expiresAt", "lastUsedAt", "revokedAt")
    names = (Id(token.get("id")), token.get("role"), as_text(token.get("name")))
    return (*names, *(Timestamp(token.get(name)) if token.get(name) else "" for name in times))


def created(token: Json) -> Json:
    """Returns the fields of a new token, including its secret value."""
    return {
        "id": token.get("id"),
        "role": token.get("role"),
        "name": token.get("name"),
        "gates": ", ".join(token.get("gates") or ()),
        "repositories": ", ".join(token.get("repositories") or ()),
        "expires": utc_second(token.get("expiresAt")),
        "token": token.get("token"),
    }


def me(caller: Json) -> Json:
    """Returns the identity and the permissions of a token."""
    return {
        "workspace": caller.get("workspaceId"),
        "role": caller.get("role"),
        "actor": caller.get("actor"),
        "token": " ".join(str(caller[name]) for name in ("tokenId", "tokenName") if caller.get(name)),
        "expires": utc_second(caller.get("expiresAt")),
        "gates": ", ".join(caller.get("gates") or ()),
        "repositories": ", ".join(caller.get("repositories") or ()),
        "permissions": ", ".join(caller.get("permissions") or ()),
    }
