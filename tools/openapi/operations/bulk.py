"""Changing many jobs at once."""

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
    "Name up to 100 jobs by `ids`, or give a `filter`: then the newest `limit` of the jobs that match and can be "
    "changed so are. The jobs are changed one by one, and the answer tells of each, also of one that could not be."
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
                "What became of each job.",
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
                "What became of each job.",
                {"items": [{"id": samples.JOB_ID, "ok": True, "status": "QUEUED", "problem": None}]},
            )
        },
    ),
}
