"""Usage of tokens, time and money as fields and tables."""

from __future__ import annotations

from mosaic_cli.errors import Json
from mosaic_cli.rendering.renderers import Table
from mosaic_cli.rendering.values import as_text, utc_second
from mosaic_cli.times import format_duration


def day(document: Json) -> Json:
    """Returns the usage of a day and the remaining budget."""
    return {
        "day": document.get("day"),
        "jobs": document.get("jobs"),
        **fields(document),
        **_budget(document),
    }


def fields(usage: Json) -> Json:
    """Returns the tokens, time and cost. An unknown cost is shown as unknown, not as zero."""
    return {"tokens": _tokens(usage), "agents ran": _duration(usage), "cost": cost(usage)}


def cost(usage: Json) -> str | None:
    """Returns the known cost, and the number of tokens without a price."""
    amounts = [f"{amount} {currency}" for currency, amount in (usage.get("cost") or {}).items()]
    unpriced = (usage.get("unpricedInput") or 0) + (usage.get("unpricedOutput") or 0)
    if unpriced:
        amounts.append(f"unknown for {unpriced} tokens: no price is set")
    return ", ".join(amounts) or None


def attempts(job: Json) -> Table:
    """Returns a row per attempt that ran."""
    headers = ("ATTEMPT", "MODEL", "TOKENS IN", "TOKENS OUT", "TOOK", "COST")
    ran = [
        attempt for attempt in job.get("attempts") or () if attempt.get("model") or attempt.get("durationMs")
    ]
    rows = [_attempt_row(attempt) for attempt in ran]
    return Table(headers, rows, title="Usage", drop=("MODEL", "ATTEMPT"))


def _attempt_row(attempt: Json) -> tuple[object, ...]:
    tokens = (as_text(attempt.get(name)) for name in ("tokensInput", "tokensOutput"))
    took = format_duration((attempt.get("durationMs") or 0) / 1000)
    return (
        as_text(attempt.get("attempt")),
        as_text(attempt.get("model")),
        *tokens,
        took,
        as_text(cost(attempt)),
    )


def _tokens(usage: Json) -> str | None:
    tokens_in, tokens_out = usage.get("tokensInput"), usage.get("tokensOutput")
    if tokens_in is None and tokens_out is None:
        return None
    return f"{tokens_in or 0} in, {tokens_out or 0} out"


def _duration(usage: Json) -> str | None:
    milliseconds = usage.get("durationMs")
    return format_duration(round(milliseconds / 1000)) if milliseconds else None


def _budget(document: Json) -> Json:
    budget = document.get("budget")
    if not budget:
        return {}
    charged = budget.get("charged") or {}
    parts = [
        f"{as_text(charged.get(name))} of {budget[name]}{unit}"
        for name, unit in (("cost", ""), ("tokens", " tokens"))
        if budget.get(name) is not None
    ]
    return {
        "budget": ", ".join(parts),
        "exhausted": "yes" if budget.get("exhausted") else None,
        "resets": utc_second(budget.get("opensAt")),
    }
