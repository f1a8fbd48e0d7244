"""Operations on event logs and dead letters."""

from __future__ import annotations

from tools.openapi import samples
from tools.openapi.model import Operation, Success

_INTACT = {
    "jobId": samples.JOB_ID,
    "status": "intact",
    "events": 27,
    "version": 9,
    "jobVersion": 9,
    "chainedSince": 1,
    "hash": samples.COMPLETED.version_hash,
    "broken": None,
    "cursor": None,
}

OPERATIONS: dict[str, Operation] = {
    "GET /runner-jobs/{jobId}/events/verify": Operation(
        id="verifyEvents",
        tag="Event log",
        summary="Verify the hashes of a job's event log",
        description=(
            "Each version of a job stores a hash of the previous version's hash and of its own events. The operation "
            "recomputes the hashes from the log and compares the last one with the job. `broken` names the first "
            "version that differs. For a long log, repeat the request with `cursor` until it is null. The status "
            "`behind` means that the newest versions are not in the log yet."
        ),
        responses={200: Success("The result of the verification.", _INTACT)},
    ),
    "POST /runner-jobs/{jobId}/events/repair": Operation(
        id="repairEvents",
        tag="Event log",
        summary="Restore missing events of a job",
        description=(
            "The recorder retries events that it could not store. An event `log.gap` marks events that stay missing. "
            "The repair runs in the background; the verification shows in `searchedAt` when it is done."
        ),
        examples={"why": {"reason": "The recorder had a defect until yesterday."}},
        responses={
            202: Success(
                "The repair was accepted.",
                {"jobId": samples.JOB_ID, "requestedAt": "2026-01-31T12:30:00.000Z"},
            )
        },
        problems=("queue_unavailable",),
    ),
    "POST /dead-letters/redrive": Operation(
        id="redriveDeadLetters",
        tag="Event log",
        summary="Redrive dead letters",
        description=(
            "A dead letter failed its job with the code `dead_lettered`. After you have corrected the cause, this "
            "operation retries those jobs of the workspace and sends other dead letters again. Repeat it until the "
            "response is empty."
        ),
        examples={"some": {"limit": 25}},
        responses={
            200: Success(
                "The result for each message.",
                {"items": [{"jobId": samples.JOB_ID, "outcome": "retried", "reason": None}]},
            )
        },
        problems=("queue_unavailable",),
    ),
}
