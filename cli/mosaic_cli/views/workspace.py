"""The configuration of a workspace as fields and tables."""

from __future__ import annotations

from mosaic_cli.errors import Json
from mosaic_cli.rendering.renderers import Table
from mosaic_cli.rendering.values import as_text, readable_duration
from mosaic_cli.views import approval
from mosaic_cli.views import gate as gate_view


def fields(workspace: Json) -> Json:
    """Returns the single values of a configuration."""
    people = workspace.get("people") or {}
    return {
        "id": workspace.get("id"),
        "name": workspace.get("name"),
        "version": workspace.get("version"),
        "triggers": _triggers(workspace.get("triggers") or {}),
        "forge admins": ", ".join(workspace.get("forgeAdmins") or ()),
        "forge members": ", ".join(workspace.get("forgeMembers") or ()),
        "policies": workspace.get("policies"),
        "people": "\n".join(f"{name}: {', '.join(aliases)}" for name, aliases in people.items()),
        "self approval": "yes" if workspace.get("selfApproval") else None,
        "approval timeout": readable_duration(workspace.get("approvalTimeoutSeconds")),
        "requires push": "no" if workspace.get("requirePush") is False else None,
        "gate timeout": readable_duration(workspace.get("gateTimeoutSeconds")),
        "dispatch tries": workspace.get("maxDispatchTries"),
        "guests": _guests(workspace),
        "open jobs": _open_jobs(workspace),
        "trusted associations": ", ".join(workspace.get("trustAssociations") or ()),
        "allowed bots": ", ".join(workspace.get("allowedBots") or ()),
        "agent logins": ", ".join(workspace.get("agentLogins") or ()),
        "max running": workspace.get("maxRunning"),
        "daily budget": _budget(workspace.get("dailyBudget") or {}, workspace.get("prices") or {}),
        "gateway": workspace.get("gateway"),
        "capability ceiling": workspace.get("capabilityCeiling"),
        "repository ceiling": workspace.get("repositoryCeiling"),
    }


def _triggers(triggers: Json) -> str:
    events = {name: type for name, type in triggers.items() if name != "labels"}
    labels = {f"label {label}": type for label, type in (triggers.get("labels") or {}).items()}
    return ", ".join(f"{name}: {type}" for name, type in (events | labels).items())


def _guests(workspace: Json) -> str | None:
    needs_approval = workspace.get("guestsNeedApproval")
    if needs_approval is None:
        return None
    return "their jobs need an approval" if needs_approval else "their jobs may prepare work"


def _open_jobs(workspace: Json) -> str:
    limits = (("maxOpenJobsPerActor", "an actor"), ("maxOpenJobsPerIssue", "an issue"))
    return ", ".join(f"{workspace[name]} for {of}" for name, of in limits if workspace.get(name) is not None)


def _budget(budget: Json, prices: Json) -> str:
    limits = ((budget.get("cost"), prices.get("currency")), (budget.get("tokens"), "tokens"))
    return ", ".join(f"{limit} {unit}" for limit, unit in limits if limit is not None)


def tables(workspace: Json) -> list[Table]:
    """Returns the job types, gate rules, repositories, grants, prices and standing approvals."""
    types = [
        (name, type.get("profile"), ", ".join(type.get("capabilities") or ()))
        for name, type in (workspace.get("jobTypes") or {}).items()
    ]
    repositories = [(item.get("provider"), item.get("name")) for item in workspace.get("repositories") or ()]
    grants = [
        tuple(grant.get(name) for name in ("profile", "capability", "repository"))
        for grant in workspace.get("grants") or ()
    ]
    return [
        Table(("TYPE", "PROFILE", "CAPABILITIES"), types, title="Job types"),
        gate_view.rules(workspace.get("gates") or ()),
        Table(("PROVIDER", "REPOSITORY"), repositories, title="Repositories"),
        Table(("PROFILE", "CAPABILITY", "REPOSITORY"), grants, title="Grants"),
        _prices(workspace.get("prices") or {}),
        approval.standing_table(workspace.get("standingApprovals") or ()),
    ]


def _prices(prices: Json) -> Table:
    headers = ("MODEL", f"{as_text(prices.get('currency'))} PER MILLION IN", "OUT")
    models = prices.get("models") or {}
    rows = [(name, price.get("input"), price.get("output")) for name, price in models.items()]
    return Table(headers, rows, title="Prices")
