"""Policies, and what they decided, as text."""

from __future__ import annotations

from collections.abc import Iterable

from mosaic_cli.errors import Json
from mosaic_cli.paper import Table

_WOULD = {"deny": "denied", "allow": "allowed", "approval_required": "asked for an approval of"}


def table(items: Iterable[Json]) -> Table:
    """A line per policy."""
    headers = ("ID", "SOURCE", "EFFECT", "MODE", "DECIDED", "WOULD HAVE", "REASON")
    names = ("id", "source", "effect", "mode", "decided", "wouldHave", "reason")
    rows = (tuple(policy.get(name) for name in names) for policy in items)
    return Table(headers, rows, drop=("SOURCE", "MODE", "WOULD HAVE", "DECIDED"))


def reasons(guard: Json) -> str:
    """A line per policy that decided, with what it decided on, and per policy that would have."""
    decided: dict[tuple[object, object], list[str]] = {}
    for reason in guard.get("reasons") or ():
        about = decided.setdefault((reason.get("policy"), reason.get("reason")), [])
        about += [str(reason["capability"])] if reason.get("capability") else []
    told = [
        f"{policy}: {reason}" + (f" ({', '.join(about)})" if about else "")
        for (policy, reason), about in decided.items()
    ]
    return "\n".join([*told, *map(_observed, guard.get("observed") or ())])


def _observed(one: Json) -> str:
    would = _WOULD.get(str(one.get("would")), one.get("would"))
    return f"{one.get('policy')} would have {would} {one.get('capability')}: {one.get('reason')}"
