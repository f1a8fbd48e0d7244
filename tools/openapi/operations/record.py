"""Looking after the record."""

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
    "hash": samples.COMPLETED.chain,
    "broken": None,
    "cursor": None,
}

OPERATIONS: dict[str, Operation] = {
    "GET /runner-jobs/{jobId}/events/verify": Operation(
        id="verifyEvents",
        tag="Record",
        summary="Check a job's log against its hashes",
        description=(
            "Every version of a job carries a hash over the version before and over its own events, made in the "
            "write that saved it. This recomputes the hashes from the log and compares the last with the job. `broken` "
            "names the first version that is not as it was saved. A long log takes several requests: send `cursor` "
            "again until it is null. While the newest versions are on their way to the log, it is `behind`."
        ),
        responses={200: Success("What the log was found to be.", _INTACT)},
    ),
    "POST /runner-jobs/{jobId}/events/repair": Operation(
        id="repairEvents",
        tag="Record",
        summary="Have missing events of a job recorded",
        description=(
            "The recorder tries again what it had set aside, and what is still missing is marked in the log by an "
            "event `log.gap`: nothing is made up. The answer does not wait for it; a check of the log tells by "
            "`searchedAt` that it is done."
        ),
        examples={"why": {"reason": "The recorder had a defect until yesterday."}},
        responses={
            202: Success(
                "It will be done.",
                {"jobId": samples.JOB_ID, "askedAt": "2026-01-31T12:30:00.000Z"},
            )
        },
        problems=("queue_unavailable",),
    ),
    "POST /dead-letters/redrive": Operation(
        id="redriveDeadLetters",
        tag="Record",
        summary="Put back messages that were set aside",
        description=(
            "A message that could not be processed has failed its job with the code `dead_lettered`. Once the cause is "
            "mended, this retries these jobs of the workspace; what else was set aside is sent again. Ask again until "
            "nothing is left."
        ),
        examples={"some": {"limit": 25}},
        responses={
            200: Success(
                "What became of each message.",
                {"items": [{"jobId": samples.JOB_ID, "outcome": "retried", "reason": None}]},
            )
        },
        problems=("queue_unavailable",),
    ),
}
