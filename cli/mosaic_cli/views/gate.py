"""Gate rules and planned gates as tables."""

from __future__ import annotations

from collections.abc import Iterable

from mosaic_cli.errors import Json
from mosaic_cli.rendering.renderers import Table
from mosaic_cli.rendering.values import as_text, readable_duration


def rules(items: Iterable[Json]) -> Table:
    """Returns a row per gate rule of the workspace."""
    headers = ("GATE", "TYPES", "REPOSITORIES", "LABELS", "PASSES WHEN", "REPORTER", "TIMEOUT", "MANDATORY")
    drop = ("LABELS", "REPOSITORIES", "TYPES", "PASSES WHEN", "TIMEOUT")
    return Table(headers, [_rule_row(rule) for rule in items], title="Gates", drop=drop)


def _rule_row(rule: Json) -> tuple[object, ...]:
    condition = rule.get("appliesWhen") or {}
    scope = (", ".join(condition.get(part) or ()) for part in ("types", "repositories", "labels"))
    return (rule.get("id"), *(as_text(part or None) for part in scope), *_requirements(rule))


def planned(items: Iterable[Json]) -> Table:
    """Returns a row per gate of a planned job, with the tokens that may report it."""
    headers = ("GATE", "PASSES WHEN", "REPORTER", "TIMEOUT", "MANDATORY", "TOKENS")
    rows = [
        (gate.get("id"), *_requirements(gate), as_text(", ".join(gate.get("tokens") or ()))) for gate in items
    ]
    return Table(headers, rows, title="Gates", drop=("TOKENS", "PASSES WHEN", "TIMEOUT"))


def _requirements(gate: Json) -> tuple[object, ...]:
    limits = "; ".join(_limit(limit) for limit in gate.get("passesWhen") or ())
    mandatory = "no" if gate.get("mandatory") is False else "yes"
    return (as_text(limits or None), reporter(gate), readable_duration(gate.get("timeoutSeconds")), mandatory)


def _limit(limit: Json) -> str:
    bounds = (("at least", limit.get("atLeast")), ("at most", limit.get("atMost")))
    return f"{limit.get('number')} " + " and ".join(
        f"{name} {bound:g}" for name, bound in bounds if bound is not None
    )


def reporter(gate: Json) -> str:
    """Returns the source of a gate's reports."""
    source = gate.get("reporter")
    if not isinstance(source, dict):
        return as_text(source)
    by = f" by {', '.join(source['by'])}" if source.get("by") else ""
    check = (source.get(name) for name in ("provider", "kind", "context"))
    return " ".join(str(part) for part in check if part) + by
