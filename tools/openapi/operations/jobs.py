"""Creating jobs and looking at them."""

from __future__ import annotations

from mosaic.jobs.attempt_history import attempts
from mosaic.storage.event_log import position
from tools.openapi import samples
from tools.openapi.model import Operation, Success

_STEPS = [samples.told(step) for step in samples.COMPLETED.steps]
_ATTEMPTS = [samples.told(one) for one in attempts(samples.COMPLETED)]
_EVENTS = [samples.told(event) for event in samples.EVENTS[:3]]
_BEHIND = position(samples.EVENTS[2])

OPERATIONS: dict[str, Operation] = {
    "POST /runner-jobs": Operation(
        id="createJob",
        tag="Jobs",
        description=(
            "An accepted job is stored and will be worked on, whatever happens to the connection. To be able to ask "
            "again without making a second job, send an `Idempotency-Key`: the same key with the same body answers "
            "the job that it made, as it is now."
        ),
        examples={
            "code": samples.WANTED,
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
                "The job that this `Idempotency-Key` made before.",
                samples.view(samples.RUNNING),
                headers={"Idempotent-Replay": "Always `true`"},
            ),
        },
        problems=("input_too_large", "idempotency_key_reused"),
    ),
    "GET /runner-jobs": Operation(
        id="listJobs",
        tag="Jobs",
        description=(
            "All filters that are given must hold. Every page but the last is full. Walking the pages neither repeats "
            "nor skips a job that matched all the while. Instructions and summaries over 2 KiB are cut and end in "
            "`… [cut]`; the job itself has them whole."
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
        summary="Count the workspace's jobs by status and by who has to act",
        description=(
            "A number costs the same however many jobs there are: counting stops at 1,000. What changed within the "
            "last second may be counted as before."
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
        description="The job is as it was last saved; its events follow within a second or so.",
        responses={
            200: Success(
                "The job with its steps and events.",
                {
                    **samples.view(samples.COMPLETED),
                    "position": None,
                    "attempts": _ATTEMPTS,
                    "steps": _STEPS,
                    "events": _EVENTS,
                    "eventsCursor": _BEHIND,
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
        summary="Show events in order, or wait for the next",
        description=(
            "To follow a job, send the `cursor` of the last answer as `after`, with `wait`: the answer comes as soon "
            "as there is a newer event, empty when the time is up, and empty at once when the job has ended and its "
            "log is complete."
        ),
        responses={
            200: Success(
                "Events in the order in which they came about.",
                {"items": _EVENTS, "cursor": _BEHIND},
            )
        },
    ),
}
