"""Manual dispatch."""

from __future__ import annotations

from api.schemas.gates import DryRun
from mosaic.jobs.model import JobView
from tools.openapi import samples
from tools.openapi.model import Operation, Success

_GUARD = samples.RUNNING.guard
_DRY_RUN = {
    "guard": samples.as_json(_GUARD) if _GUARD else None,
    "gates": [{**samples.planned_gate(gate), "tokens": ["CI of the shop"]} for gate in samples.RUNNING.gates],
    "agent": "weaver",
    "tools": list(_GUARD.tools if _GUARD else ()),
}

OPERATIONS: dict[str, Operation] = {
    "POST /stitcher/dispatch": Operation(
        id="dispatch",
        tag="Stitcher",
        description=(
            "With `dryRun` no job is created. The response is the decision of guard rails and quality rails, with the "
            "source of each gate's reports."
        ),
        examples={
            "dispatch": {
                "instructions": "Fix the flaky test of the checkout.",
                "profile": "weaver",
                "repository": "acme/shop",
            },
            "dryRun": {
                "instructions": "Fix the flaky test of the checkout.",
                "repository": "acme/shop",
                "dryRun": True,
            },
        },
        responses={
            202: Success("The job, accepted.", samples.view(samples.QUEUED), JobView),
            200: Success("The decision of the rails.", _DRY_RUN, DryRun),
        },
        problems=("input_too_large", "repository_not_connected"),
    ),
}
