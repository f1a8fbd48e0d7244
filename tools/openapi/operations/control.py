"""Changing jobs that exist."""

from __future__ import annotations

from tools.openapi import samples
from tools.openapi.model import Operation, Success

OPERATIONS: dict[str, Operation] = {
    "POST /runner-jobs/{jobId}/cancel": Operation(
        id="cancelJob",
        tag="Control",
        description=(
            "The job is CANCELLED when this answers, and no later report changes it; a run at the gateway is then "
            "stopped, which its step `stop run` tells. Cancelling again answers the same job."
        ),
        examples={"reason": {"reason": "not wanted any more"}},
        responses={200: Success("The job, cancelled.", samples.view(samples.CANCELLED))},
        problems=("illegal_state", "conflict"),
    ),
    "POST /runner-jobs/{jobId}/retry": Operation(
        id="retryJob",
        tag="Control",
        description="The job keeps its id and its history. The request may replace the instructions, and nothing else.",
        examples={"changed": {"instructions": "Keep the visitor's way in the session, not in a cookie."}},
        responses={202: Success("The job, queued again.", samples.view(samples.RETRIED))},
        problems=("illegal_state", "too_many_attempts", "input_too_large", "conflict"),
    ),
    "POST /runner-jobs/{jobId}/reports": Operation(
        id="reportRun",
        tag="Control",
        description=(
            "Only the token that was handed to the run may do this, and only while its attempt is under way. A batch "
            "is taken whole or not at all. With a `batchId` it may be sent again when its answer was lost."
        ),
        examples={
            "batch": {
                "batchId": "batch-1",
                "reports": [
                    {"kind": "step_started", "name": "npm test"},
                    {"kind": "output", "step": "npm test", "text": "128 passing"},
                    {"kind": "step_finished", "name": "npm test", "status": "COMPLETED"},
                    {
                        "kind": "tool_call",
                        "tool": "edit",
                        "input": "src/login.ts",
                        "ok": True,
                        "durationMs": 12,
                    },
                    {"kind": "progress", "percent": 60, "message": "tests pass"},
                ],
            }
        },
        responses={200: Success("The job as it now is.", samples.view(samples.RUNNING))},
        problems=(
            "stale_attempt",
            "illegal_state",
            "conflict",
            "input_too_large",
            "too_many_steps",
            "reserved_step",
        ),
    ),
    "PUT /runner-jobs/{jobId}/gates/{gateId}": Operation(
        id="reportGate",
        tag="Gates",
        description=(
            "A job is judged by one commit: the one that its run or a push of its branch named, else that of the first "
            "report; a newer one opens all gates again. It is COMPLETED once its run has ended and every mandatory "
            "gate passed or was forced. `passed` passes only with every number that the gate's thresholds ask for; "
            "`failed` fails the job; `error`, `skipped` and a missing number prove nothing and may be reported anew. "
            "The same report again changes nothing. A gate that a forge's check reports takes no report here; an admin "
            "may force any, also one that has failed the job."
        ),
        examples={
            "passed": {
                "status": "passed",
                "commitSha": samples.COMMIT,
                "url": "https://ci.acme.example/runs/4711",
                "numbers": {"coverage": 87.5},
            },
            "forced": {"status": "forced", "reason": "the runner is broken; built and tested by hand"},
        },
        responses={200: Success("The job with the gate as reported.", samples.view(samples.VALIDATED))},
        problems=(
            "wrong_reporter",
            "gate_not_found",
            "illegal_state",
            "commit_mismatch",
            "stale_attempt",
            "conflict",
        ),
    ),
}
