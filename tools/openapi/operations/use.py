"""What a workspace has used."""

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
        summary="Show what the workspace's runs of a day have used",
        description=(
            "A run counts on the day, in UTC, on which it ended. Costs are exact; tokens of a model without a price "
            "are told apart, and count against a budget as if the dearest model of the table had used them."
        ),
        responses={200: Success("What was used.", _USAGE)},
    ),
}
