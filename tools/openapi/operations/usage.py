"""The operation on usage."""

from __future__ import annotations

from tools.openapi.model import Operation, Success

_USAGE = {
    "day": "2026-01-31",
    "jobs": 12,
    "tokensInput": 1204500,
    "tokensOutput": 80120,
    "durationMs": 5400000,
    "cost": {"USD": "4.8153"},
    "unpricedInput": 0,
    "unpricedOutput": 0,
    "budget": {
        "cost": "20.00",
        "tokens": None,
        "charged": {"tokens": 1284620, "cost": "4.8153"},
        "exhausted": False,
        "opensAt": "2026-02-01T00:00:00.000Z",
    },
}

OPERATIONS: dict[str, Operation] = {
    "GET /workspaces/current/usage": Operation(
        id="getUsage",
        tag="Access",
        summary="Show the usage of the workspace's runs on a day",
        description=(
            "A run counts on the UTC day on which it ended. Costs are exact. Tokens of models without a price are "
            "listed separately. A budget counts them at the price of the most expensive model."
        ),
        responses={200: Success("The usage.", _USAGE)},
    ),
}
