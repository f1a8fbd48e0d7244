"""What was used, as fields and tables."""

from __future__ import annotations

from mosaic_cli.errors import Json
from mosaic_cli.paper import Table
from mosaic_cli.times import length
from mosaic_cli.views.value import moment, shown


def day(found: Json) -> Json:
    """What was used on a day, and what that leaves of the budget."""
    return {"day": found.get("day"), "jobs": found.get("jobs"), **used(found), **_budget(found)}


def used(usage: Json) -> Json:
    """Tokens, time and cost; a cost that is not known is said so, and is not zero."""
    return {"tokens": _tokens(usage), "agents ran": _duration(usage), "cost": cost(usage)}


def cost(usage: Json) -> str | None:
    """What is known of the cost, and of how many tokens it is not known."""
    known = [f"{amount} {currency}" for currency, amount in (usage.get("cost") or {}).items()]
    unpriced = (usage.get("unpricedInput") or 0) + (usage.get("unpricedOutput") or 0)
    if unpriced:
        known.append(f"unknown for {unpriced} tokens: no price is set")
    return ", ".join(known) or None


def attempts(job: Json) -> Table:
    """A line per attempt that came to run."""
    headers = ("ATTEMPT", "MODEL", "TOKENS IN", "TOKENS OUT", "TOOK", "COST")
    ran = [each for each in job.get("attempts") or () if each.get("model") or each.get("durationMs")]
    return Table(headers, [_attempt_row(each) for each in ran], title="Usage", drop=("MODEL", "ATTEMPT"))


def _attempt_row(attempt: Json) -> tuple[object, ...]:
    tokens = (shown(attempt.get(name)) for name in ("tokensInput", "tokensOutput"))
    seconds = length((attempt.get("durationMs") or 0) / 1000)
    return (
        shown(attempt.get("attempt")),
        shown(attempt.get("model")),
        *tokens,
        seconds,
        shown(cost(attempt)),
    )


def _tokens(usage: Json) -> str | None:
    read, written = usage.get("tokensInput"), usage.get("tokensOutput")
    return None if read is None and written is None else f"{read or 0} in, {written or 0} out"


def _duration(usage: Json) -> str | None:
    taken = usage.get("durationMs")
    return length(round(taken / 1000)) if taken else None


def _budget(found: Json) -> Json:
    budget = found.get("budget")
    if not budget:
        return {}
    charged = budget.get("charged") or {}
    bounds = [
        f"{shown(charged.get(name))} of {budget[name]}{unit}"
        for name, unit in (("cost", ""), ("tokens", " tokens"))
        if budget.get(name) is not None
    ]
    return {
        "budget": ", ".join(bounds),
        "used up": "yes" if budget.get("exhausted") else None,
        "opens again": moment(budget.get("opensAt")),
    }
