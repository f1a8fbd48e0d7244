"""Gates as tables: of a job, of a plan, and the rules that they come from."""

from __future__ import annotations

from collections.abc import Iterable

from mosaic_cli.errors import Json
from mosaic_cli.paper import Table
from mosaic_cli.views.value import duration, shown


def rules(found: Iterable[Json]) -> Table:
    """A line per rule."""
    headers = ("GATE", "TYPES", "REPOSITORIES", "LABELS", "PASSES WHEN", "REPORTER", "TIMEOUT", "MANDATORY")
    rows = [_rule_row(rule) for rule in found]
    return Table(
        headers, rows, title="Gates", drop=("LABELS", "REPOSITORIES", "TYPES", "PASSES WHEN", "TIMEOUT")
    )


def _rule_row(rule: Json) -> tuple[object, ...]:
    when = rule.get("appliesWhen") or {}
    scope = (", ".join(when.get(part) or ()) for part in ("types", "repositories", "labels"))
    return (rule.get("id"), *(shown(part or None) for part in scope), *_asked(rule))


def planned(found: Iterable[Json]) -> Table:
    """A line per gate that a job would have, and who may report it now."""
    headers = ("GATE", "PASSES WHEN", "REPORTER", "TIMEOUT", "MANDATORY", "TOKENS")
    rows = [(gate.get("id"), *_asked(gate), shown(", ".join(gate.get("tokens") or ()))) for gate in found]
    return Table(headers, rows, title="Gates", drop=("TOKENS", "PASSES WHEN", "TIMEOUT"))


def _asked(gate: Json) -> tuple[object, ...]:
    limits = "; ".join(_limit(limit) for limit in gate.get("passesWhen") or ())
    mandatory = "no" if gate.get("mandatory") is False else "yes"
    return (shown(limits or None), reporter(gate), duration(gate.get("timeoutSeconds")), mandatory)


def _limit(limit: Json) -> str:
    ends = (("at least", limit.get("atLeast")), ("at most", limit.get("atMost")))
    return f"{limit.get('number')} " + " and ".join(
        f"{word} {end:g}" for word, end in ends if end is not None
    )


def reporter(gate: Json) -> str:
    """Where a gate's reports come from, in a few words."""
    told = gate.get("reporter")
    if not isinstance(told, dict):
        return shown(told)
    if told.get("kind") == "token":
        return "token"
    by = f" by {', '.join(told['by'])}" if told.get("by") else ""
    return f"{told.get('provider')} {told.get('kind')} {told.get('context')}{by}"
