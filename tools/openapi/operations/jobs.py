"""Operations that create and read jobs."""

from __future__ import annotations

from mosaic.jobs.attempt_history import attempts
from mosaic.storage.event_log import position
from tools.openapi import samples
from tools.openapi.model import Operation, Success

_STEPS = [samples.as_json(step) for step in samples.COMPLETED.steps]
_ATTEMPTS = [samples.as_json(one) for one in attempts(samples.COMPLETED)]
_EVENTS = [samples.as_json(event) for event in samples.EVENTS[:3]]
_CURSOR = position(samples.EVENTS[2])

OPERATIONS: dict[str, Operation] = {
    "POST /runner-jobs": Operation(
        id="createJob",
        tag="Jobs",
        description=(
            "The response means that the job is stored and queued. With an `Idempotency-Key`, repeating the request "
            "creates no second job. The same key with the same body returns the current state of the first job."
        ),
        examples={
            "code": samples.REQUEST,
            "delayed": {
                "type": "git-status",
                "instructions": "Say what has changed since yesterday.",
                "repository": "acme/shop",
                "runAt": "2026-02-01T06:00:00Z",
            },
        },
        responses={
            202: Success("The job, accepted.", samples.view(samples.QUEUED)),
            200: Success(
                "The job that this `Idempotency-Key` created before.",
                samples.view(samples.RUNNING),
                headers={"Idempotent-Replay": "Always `true`"},
            ),
        },
        problems=("input_too_large", "idempotency_key_reused", "repository_not_connected"),
    ),
    "GET /runner-jobs": Operation(
        id="listJobs",
        tag="Jobs",
        description=(
            "Returns jobs that match all filters. Every page except the last is full. The pages contain each job that "
            "matches during the whole listing exactly once. Instructions and summaries over 2 KiB are cut and end in "
            "`… [cut]`; get the job for the full texts."
        ),
        responses={
            200: Success(
                "One page of jobs.",
                {"items": [samples.view(samples.COMPLETED)], "cursor": None},
            )
        },
        problems=("bad_cursor",),
    ),
    "GET /runner-jobs/counts": Operation(
        id="countJobs",
        tag="Jobs",
        summary="Count the workspace's jobs by status and by next actor",
        description=(
            "Counting stops at 1,000, so the cost does not grow with the number of jobs. Changes of the last second "
            "may be missing."
        ),
        responses={
            200: Success(
                "The numbers.",
                {
                    "byStatus": {
                        "PENDING": 3,
                        "QUEUED": 1,
                        "RUNNING": 4,
                        "COMPLETED": 1000,
                        "FAILED": 12,
                        "CANCELLED": 7,
                    },
                    "byWho": {
                        "admin": 1,
                        "reporter": 3,
                        "agent": 1,
                        "mosaic": 3,
                        "member": 12,
                        "nobody": 1007,
                    },
                    "capped": ["COMPLETED", "nobody"],
                },
            )
        },
    ),
    "GET /runner-jobs/{jobId}": Operation(
        id="getJob",
        tag="Jobs",
        description="The job is current; its latest events may be missing for about a second.",
        responses={
            200: Success(
                "The job with its steps and events.",
                {
                    **samples.view(samples.COMPLETED),
                    "agentText": samples.agent_text_of(samples.COMPLETED),
                    "position": None,
                    "attempts": _ATTEMPTS,
                    "steps": _STEPS,
                    "events": _EVENTS,
                    "eventsCursor": _CURSOR,
                },
            )
        },
    ),
    "GET /runner-jobs/{jobId}/steps": Operation(
        id="listSteps",
        tag="Jobs",
        description="The stitcher's work has steps, too: guard rails, quality rails, dispatch, run and each gate.",
        responses={200: Success("The steps.", {"items": _STEPS})},
    ),
    "GET /runner-jobs/{jobId}/events": Operation(
        id="listEvents",
        tag="Jobs",
        summary="List events, or wait for the next",
        description=(
            "To follow a job, send the `cursor` of the last response as `after`, with `wait`. The response arrives as "
            "soon as there is a newer event, or empty after the wait. It is empty at once if the job has ended and its "
            "log is complete."
        ),
        responses={
            200: Success(
                "Events, oldest first.",
                {"items": _EVENTS, "cursor": _CURSOR},
            )
        },
        problems=("too_many_waits",),
    ),
}
