"""Operations on jobs that wait for approval."""

from __future__ import annotations

from tools.openapi import samples
from tools.openapi.model import Operation, Success

_UNCHANGED = "The unchanged job: the same person gave the same answer before."
_CONFLICTS = ("illegal_state", "stale_attempt", "conflict")

OPERATIONS: dict[str, Operation] = {
    "GET /approvals": Operation(
        id="listApprovals",
        tag="Approvals",
        summary="List the jobs that wait for approval",
        description=(
            "Sorted by priority, then by age. Every page except the last is full. Jobs that started to wait within the "
            "last second may be missing. Instructions over 2 KiB are cut and end in `… [cut]`."
        ),
        responses={
            200: Success(
                "One page of jobs.", {"items": [samples.as_json(samples.APPROVAL_REQUEST)], "cursor": None}
            )
        },
        problems=("bad_cursor",),
    ),
    "POST /runner-jobs/{jobId}/approve": Operation(
        id="approveJob",
        tag="Approvals",
        description=(
            "The job is queued with all requested capabilities. The scope `repository` also creates standing "
            "approvals: until a date, later jobs of the profile on the repository get them, or the named ones. They "
            "are part of the workspace; remove one there to revoke it. Actors that requested the job or "
            "changed its instructions need `selfApproval` in the workspace to approve it. `textHash` names the "
            "reviewed text, which `agentText` of the job has. Repeating the answer changes nothing."
        ),
        examples={
            "job": {"reason": "reviewed with the team"},
            "repository": {
                "reason": "reviewed with the team",
                "attempt": 1,
                "textHash": samples.text_hash(samples.WAITING),
                "scope": "repository",
                "until": "2026-02-07T12:00:00Z",
                "capabilities": ["pr:merge"],
            },
        },
        responses={
            202: Success("The job, queued.", samples.view(samples.APPROVED)),
            200: Success(_UNCHANGED, samples.view(samples.APPROVED)),
        },
        problems=("own_approval", "too_many_approvals", "stale_text", *_CONFLICTS),
    ),
    "POST /runner-jobs/{jobId}/deny": Operation(
        id="denyJob",
        tag="Approvals",
        description="Repeating the answer changes nothing.",
        examples={"later": {"reason": "not before the release"}},
        responses={200: Success("The job, failed.", samples.view(samples.DENIED))},
        problems=_CONFLICTS,
    ),
}
