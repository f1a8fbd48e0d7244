"""Operations that change an existing job."""

from __future__ import annotations

from tools.openapi import samples
from tools.openapi.model import Operation, Success

OPERATIONS: dict[str, Operation] = {
    "POST /runner-jobs/{jobId}/cancel": Operation(
        id="cancelJob",
        tag="Control",
        description=(
            "The job is CANCELLED at once, and later reports do not change it. The run at the gateway is stopped "
            "afterwards; the step `stop run` shows the result. Cancelling a job twice returns the same job."
        ),
        examples={"reason": {"reason": "not wanted any more"}},
        responses={200: Success("The job, cancelled.", samples.view(samples.CANCELLED))},
        problems=("illegal_state", "conflict"),
    ),
    "POST /runner-jobs/{jobId}/retry": Operation(
        id="retryJob",
        tag="Control",
        description="The job keeps its id and its history. The request may replace the instructions, and nothing else.",
        examples={"changed": {"instructions": "Store the page in the session, not in a cookie."}},
        responses={202: Success("The job, queued again.", samples.view(samples.RETRIED))},
        problems=(
            "illegal_state",
            "too_many_attempts",
            "input_too_large",
            "conflict",
            "repository_not_connected",
        ),
    ),
    "POST /runner-jobs/{jobId}/reports": Operation(
        id="reportRun",
        tag="Control",
        description=(
            "Requires the token of the run, which is valid during its attempt. A batch is stored as a whole or not "
            "at all. A batch with a `batchId` can be repeated after a lost response."
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
        responses={200: Success("The changed job.", samples.view(samples.RUNNING))},
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
            "A job has one current commit: that of the newest push to its branch. Without `requirePush` of the "
            "workspace, the run or the first report may name it before the first push. A report before the push of "
            "its commit is kept for it. A newer commit opens all gates again. The job is COMPLETED when its run has "
            "ended and every mandatory gate passed or was overridden. `passed` also requires every number that the "
            "gate's thresholds name. `failed` fails the job. After `error`, `skipped` or a missing number the gate "
            "stays open. Repeating a report changes nothing. Gates with a forge's check accept no reports here. An "
            "admin may override any gate, also one that failed the job."
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
        responses={200: Success("The job with the reported gate.", samples.view(samples.VALIDATED))},
        problems=(
            "wrong_reporter",
            "own_override",
            "gate_not_found",
            "illegal_state",
            "commit_mismatch",
            "stale_attempt",
            "conflict",
        ),
    ),
}
