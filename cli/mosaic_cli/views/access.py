"""Tokens and workspaces as fields and tables."""

from __future__ import annotations

from collections.abc import Iterable

from mosaic_cli.errors import Json
from mosaic_cli.paper import Table
from mosaic_cli.views import approval
from mosaic_cli.views import gate as gate_view
from mosaic_cli.views.value import Id, Moment, duration, moment, shown


def tokens(items: Iterable[Json]) -> Table:
    """A line per token."""
    headers = ("ID", "ROLE", "NAME", "CREATED", "EXPIRES", "LAST USED", "REVOKED")
    drop = ("CREATED", "EXPIRES", "LAST USED")
    return Table(headers, (_token_row(token) for token in items), drop=drop)


def _token_row(token: Json) -> tuple[object, ...]:
    times = ("createdAt", "expiresAt", "lastUsedAt", "revokedAt")
    names = (Id(token.get("id")), token.get("role"), shown(token.get("name")))
    return (*names, *(Moment(token.get(name)) if token.get(name) else "" for name in times))


def made(token: Json) -> Json:
    """A new token, and what its holder has to send."""
    return {
        "id": token.get("id"),
        "role": token.get("role"),
        "name": token.get("name"),
        "gates": ", ".join(token.get("gates") or ()),
        "expires": moment(token.get("expiresAt")),
        "token": token.get("token"),
    }


def me(found: Json) -> Json:
    """Whose token it is, and what it may do."""
    return {
        "workspace": found.get("workspaceId"),
        "role": found.get("role"),
        "actor": found.get("actor"),
        "token": " ".join(str(found[name]) for name in ("tokenId", "tokenName") if found.get(name)),
        "expires": moment(found.get("expiresAt")),
        "gates": ", ".join(found.get("gates") or ()),
        "permissions": ", ".join(found.get("permissions") or ()),
    }


def workspace(found: Json) -> Json:
    """What stands for itself in a workspace's configuration."""
    triggers = found.get("triggers") or {}
    return {
        "id": found.get("id"),
        "name": found.get("name"),
        "version": found.get("version"),
        "triggers": ", ".join(f"{said}: {type}" for said, type in triggers.items()),
        "forge admins": ", ".join(found.get("forgeAdmins") or ()),
        "forge members": ", ".join(found.get("forgeMembers") or ()),
        "policies": found.get("policies"),
        "people": "\n".join(
            f"{name}: {', '.join(also)}" for name, also in (found.get("people") or {}).items()
        ),
        "self approval": "yes" if found.get("selfApproval") else None,
        "approval timeout": duration(found.get("approvalTimeoutSeconds")),
        "gate timeout": duration(found.get("gateTimeoutSeconds")),
        "dispatch tries": found.get("maxDispatchTries"),
        "running at once": found.get("maxRunning"),
        "budget of a day": _budget(found.get("dailyBudget") or {}, found.get("prices") or {}),
        "webhook secret": found.get("webhookSecretId"),
    }


def _budget(budget: Json, prices: Json) -> str:
    bounds = ((budget.get("cost"), prices.get("currency")), (budget.get("tokens"), "tokens"))
    return ", ".join(f"{bound} {unit}" for bound, unit in bounds if bound is not None)


def _prices(prices: Json) -> Table:
    headers = ("MODEL", f"{shown(prices.get('currency'))} PER MILLION IN", "OUT")
    models = prices.get("models") or {}
    rows = [(name, price.get("input"), price.get("output")) for name, price in models.items()]
    return Table(headers, rows, title="Prices")


def workspace_tables(found: Json) -> list[Table]:
    """The job types, gate rules, repositories, grants and standing approvals of a workspace."""
    types = [
        (name, type.get("profile"), ", ".join(type.get("capabilities") or ()))
        for name, type in (found.get("jobTypes") or {}).items()
    ]
    repositories = [(each.get("provider"), each.get("name")) for each in found.get("repositories") or ()]
    grants = [
        tuple(each.get(name) for name in ("profile", "capability", "repository"))
        for each in found.get("grants") or ()
    ]
    return [
        Table(("TYPE", "PROFILE", "CAPABILITIES"), types, title="Job types"),
        gate_view.rules(found.get("gates") or ()),
        Table(("PROVIDER", "REPOSITORY"), repositories, title="Repositories"),
        Table(("PROFILE", "CAPABILITY", "REPOSITORY"), grants, title="Grants"),
        _prices(found.get("prices") or {}),
        Table(
            ("PROFILE", "CAPABILITY", "REPOSITORY", "BRANCH", "PATHS", "UNTIL", "APPROVED BY", "REASON"),
            approval.standing(found.get("standingApprovals") or ()),
            title="Standing approvals",
        ),
    ]
