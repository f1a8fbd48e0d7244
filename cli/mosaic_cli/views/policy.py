"""Policies and their decisions as text and tables."""

from __future__ import annotations

from collections.abc import Iterable

from mosaic_cli.errors import Json
from mosaic_cli.rendering.renderers import Table

_ACTIONS = {"deny": "denied", "allow": "allowed", "approval_required": "required an approval of"}


def table(items: Iterable[Json]) -> Table:
    """Returns a row per policy."""
    headers = ("ID", "SOURCE", "EFFECT", "MODE", "DECIDED", "WOULD HAVE", "REASON")
    names = ("id", "source", "effect", "mode", "decided", "wouldHave", "reason")
    rows = (tuple(policy.get(name) for name in names) for policy in items)
    return Table(headers, rows, drop=("SOURCE", "MODE", "WOULD HAVE", "DECIDED"))


def reasons(guard: Json) -> str:
    """Returns a line per policy that decided, with its capabilities, and a line per observed policy."""
    decided: dict[tuple[object, object], list[str]] = {}
    for reason in guard.get("reasons") or ():
        capabilities = decided.setdefault((reason.get("policy"), reason.get("reason")), [])
        capabilities += [str(reason["capability"])] if reason.get("capability") else []
    lines = [
        f"{policy}: {reason}" + (f" ({', '.join(capabilities)})" if capabilities else "")
        for (policy, reason), capabilities in decided.items()
    ]
    return "\n".join([*lines, *map(_observed, guard.get("observed") or ())])


def _observed(decision: Json) -> str:
    action = _ACTIONS.get(str(decision.get("would")), decision.get("would"))
    return (
        f"{decision.get('policy')} would have {action} {decision.get('capability')}: {decision.get('reason')}"
    )
