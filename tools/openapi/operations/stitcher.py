"""Dispatching by hand."""

from __future__ import annotations

from api.schemas.gates import DryRun
from mosaic.jobs.model import JobView
from tools.openapi import samples
from tools.openapi.model import Operation, Success

_GUARD = samples.RUNNING.guard
_DECIDED = {
    "guard": samples.told(_GUARD) if _GUARD else None,
    "gates": [{**samples.planned(gate), "tokens": ["CI of the shop"]} for gate in samples.RUNNING.gates],
    "agent": "weaver",
    "tools": list(_GUARD.tools if _GUARD else ()),
}

OPERATIONS: dict[str, Operation] = {
    "POST /stitcher/dispatch": Operation(
        id="dispatch",
        tag="Stitcher",
        description=(
            "With `dryRun` nothing is created: the answer is what guard rails and quality rails would decide now, and "
            "for each gate where its report would come from."
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
            200: Success("What the rails would decide.", _DECIDED, DryRun),
        },
        problems=("input_too_large",),
    ),
}
