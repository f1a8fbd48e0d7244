"""The descriptions of operations by route. Each new route needs one."""

from __future__ import annotations

from tools.openapi.model import Operation
from tools.openapi.operations import (
    access,
    approvals,
    bulk,
    control,
    dispatch,
    event_log,
    jobs,
    pages,
    policies,
    repositories,
    usage,
    webhooks,
)

OPERATIONS: dict[str, Operation] = {
    **jobs.OPERATIONS,
    **control.OPERATIONS,
    **bulk.OPERATIONS,
    **event_log.OPERATIONS,
    **approvals.OPERATIONS,
    **dispatch.OPERATIONS,
    **access.OPERATIONS,
    **repositories.OPERATIONS,
    **usage.OPERATIONS,
    **policies.OPERATIONS,
    **webhooks.OPERATIONS,
    **pages.OPERATIONS,
}

TAGS: dict[str, str] = {
    "Jobs": "Create and read jobs.",
    "Control": "Change existing jobs.",
    "Approvals": "List, approve and deny jobs that wait for an approval.",
    "Event log": "Verify and repair event logs, and redrive dead letters.",
    "Gates": "Report and override the gates of a job.",
    "Stitcher": "Dispatch jobs manually.",
    "Access": "Configure the workspace, and manage its API tokens.",
    "Webhooks": "Deliveries of forges, the bot and the OpenClaw gateway. Each request is authenticated by itself.",
    "Service": "Health and documentation of the API.",
}
