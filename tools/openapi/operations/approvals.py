"""Answering jobs that wait for a person's yes."""

from __future__ import annotations

from tools.openapi import samples
from tools.openapi.model import Operation, Success

_SAID_BEFORE = "The job as it is: the same person said the same before."
_CONFLICTS = ("illegal_state", "stale_attempt", "conflict")

OPERATIONS: dict[str, Operation] = {
    "GET /approvals": Operation(
        id="listApprovals",
        tag="Approvals",
        summary="List the jobs that wait for approval",
        description=(
            "The more urgent come before the older. Every page but the last is full; a job that has asked within the "
            "last second may be missing. Instructions over 2 KiB are cut and end in `… [cut]`."
        ),
        responses={
            200: Success("One page of jobs.", {"items": [samples.told(samples.ASKING)], "cursor": None})
        },
        problems=("bad_cursor",),
    ),
    "POST /runner-jobs/{jobId}/approve": Operation(
        id="approveJob",
        tag="Approvals",
        description=(
            "It is queued with all the capabilities that needed the approval. With the scope `repository` these, or "
            "those of them that are named, stand until a date for later jobs of the job's profile on its repository. "
            "They are kept in the workspace; leaving one out of it withdraws it. Who asked for the job, or changed "
            "its instructions, may not approve it unless the workspace has `selfApproval`. The same answer again "
            "changes nothing."
        ),
        examples={
            "job": {"reason": "reviewed with the team"},
            "repository": {
                "reason": "reviewed with the team",
                "attempt": 1,
                "scope": "repository",
                "until": "2026-02-07T12:00:00Z",
                "capabilities": ["pr:merge"],
            },
        },
        responses={
            202: Success("The job, queued.", samples.view(samples.APPROVED)),
            200: Success(_SAID_BEFORE, samples.view(samples.APPROVED)),
        },
        problems=("own_approval", "too_many_approvals", *_CONFLICTS),
    ),
    "POST /runner-jobs/{jobId}/deny": Operation(
        id="denyJob",
        tag="Approvals",
        description="The same answer again changes nothing.",
        examples={"later": {"reason": "not before the release"}},
        responses={200: Success("The job, failed.", samples.view(samples.DENIED))},
        problems=_CONFLICTS,
    ),
}
