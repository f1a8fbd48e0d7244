"""Operations on many jobs."""

from __future__ import annotations

from tools.openapi import samples
from tools.openapi.model import Operation, Success

_OTHER = "01KGA00000QVEB6VEJZ1V3PTTY"
_REFUSED = {
    "id": _OTHER,
    "ok": False,
    "status": None,
    "problem": {"code": "illegal_state", "detail": "a job that is COMPLETED cannot be cancelled"},
}
_ABOUT = (
    "Name up to 100 jobs with `ids`, or select the newest `limit` matching jobs with `filter`. Jobs are changed one "
    "by one. The response has a result for each job, including failures."
)

OPERATIONS: dict[str, Operation] = {
    "POST /runner-jobs/bulk/cancel": Operation(
        id="cancelJobs",
        tag="Control",
        summary="Cancel many jobs",
        description=_ABOUT,
        examples={
            "ids": {"ids": [samples.JOB_ID, _OTHER], "reason": "not wanted any more"},
            "filter": {"filter": {"status": ["QUEUED", "PENDING"], "type": "code-task"}},
        },
        responses={
            200: Success(
                "The result for each job.",
                {
                    "items": [
                        {"id": samples.JOB_ID, "ok": True, "status": "CANCELLED", "problem": None},
                        _REFUSED,
                    ]
                },
            )
        },
    ),
    "POST /runner-jobs/bulk/retry": Operation(
        id="retryJobs",
        tag="Control",
        summary="Retry many jobs",
        description=_ABOUT,
        examples={"filter": {"filter": {"status": ["FAILED"]}, "limit": 20}},
        responses={
            200: Success(
                "The result for each job.",
                {"items": [{"id": samples.JOB_ID, "ok": True, "status": "QUEUED", "problem": None}]},
            )
        },
    ),
}
