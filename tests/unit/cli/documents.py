"""Documents of the API that several tests share."""

from typing import Any

JOB: dict[str, Any] = {
    "id": "01J00000000000000000000000",
    "status": "RUNNING",
    "phase": "VALIDATION",
    "type": "code-task",
    "repository": "acme/shop",
    "instructions": "Mend the\nlogin\tform.",
    "attempt": 1,
    "maxAttempts": 3,
    "version": 4,
    "createdAt": "2026-01-02T03:04:05.678Z",
    "gates": [{"id": "build", "status": "PASSED", "reporter": {"kind": "token"}, "reportedBy": "token:ci"}],
    "somethingNew": {"from": "a later API"},
}


RULE = {
    "id": "cover",
    "appliesWhen": {"types": ["code-task"], "repositories": ["*"], "labels": []},
    "passesWhen": [{"number": "coverage", "atLeast": 85, "atMost": None}],
    "reporter": {"kind": "check_run", "provider": "github", "context": "cover", "by": ["ci"]},
    "timeoutSeconds": 7200,
    "mandatory": True,
}


STANDING: dict[str, Any] = {
    "profile": "weaver",
    "capability": "git:push",
    "repository": "acme/shop",
    "until": "2026-02-07T12:00:00.000Z",
    "approvedBy": "token:grace",
    "approvedAt": "2026-01-31T12:00:00.000Z",
    "reason": "release week",
    "jobId": "01J00000000000000000000000",
}
