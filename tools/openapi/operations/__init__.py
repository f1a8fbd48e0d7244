"""What is told of each operation, by its route; whoever adds a route adds it here too."""

from __future__ import annotations

from tools.openapi.model import Operation
from tools.openapi.operations import (
    access,
    approvals,
    bulk,
    control,
    jobs,
    pages,
    policies,
    record,
    stitcher,
    use,
    webhooks,
)

OPERATIONS: dict[str, Operation] = {
    **jobs.OPERATIONS,
    **control.OPERATIONS,
    **bulk.OPERATIONS,
    **record.OPERATIONS,
    **approvals.OPERATIONS,
    **stitcher.OPERATIONS,
    **access.OPERATIONS,
    **use.OPERATIONS,
    **policies.OPERATIONS,
    **webhooks.OPERATIONS,
    **pages.OPERATIONS,
}

TAGS: dict[str, str] = {
    "Jobs": "Asking for jobs and looking at them.",
    "Control": "Changing jobs that exist.",
    "Approvals": "What a person has to say yes to.",
    "Record": "Checking and mending what is recorded.",
    "Gates": "Proving what a job must prove before it may call itself done.",
    "Stitcher": "Dispatching by hand.",
    "Access": "The workspace's configuration and its API tokens.",
    "Webhooks": "What forges, the bot and the OpenClaw gateway send. Each request proves itself.",
    "Service": "About the API itself.",
}
