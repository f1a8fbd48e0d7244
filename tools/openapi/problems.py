"""Every problem that a caller can be told: its status, when it comes up, and how it reads."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mosaic.edge.problem import CONTENT_TYPE, FieldError, Problem, title
from tools.openapi import samples
from tools.openapi.model import JSON, Json


@dataclass(frozen=True)
class Meaning:
    """When a problem comes up, and an example of its detail; `field` is one that it could name."""

    status: int
    when: str
    detail: str
    field: FieldError | None = None

    def example(self, code: str) -> Problem:
        """The problem as it could be told."""
        return Problem(self.status, code, self.detail, (self.field,) if self.field else ())


PROBLEMS: dict[str, Meaning] = {
    "malformed_body": Meaning(
        400, "the body is not what its encoding says", "the body is not what its encoding says"
    ),
    "malformed_json": Meaning(
        400,
        "the body is not JSON, nests too deep, or has an object with a name twice",
        "the body is not JSON: it breaks at line 3, column 17",
    ),
    "bad_cursor": Meaning(
        400,
        "the cursor is not of this list",
        "the cursor belongs to a list with other filters; start again without it",
        FieldError("cursor", "belongs to a list with other filters; start again without it"),
    ),
    "unauthorized": Meaning(
        401, "no valid API token was sent", "send a valid API token as Authorization: Bearer <token>"
    ),
    "bad_signature": Meaning(401, "the delivery is not proven to come from its sender", "wrong signature"),
    "bad_callback": Meaning(
        401, "the callback is not proven to come from the gateway", "the bearer is not the gateway's"
    ),
    "forbidden": Meaning(
        403, "the token's role may not do this", "the role viewer does not hold the permission jobs:create"
    ),
    "own_approval": Meaning(
        403,
        "who asked for the job may not approve it",
        "token:ada requested this job; another admin has to approve it",
    ),
    "job_not_found": Meaning(
        404,
        "the workspace has no such job",
        f"there is no job {samples.JOB_ID} in this workspace",
    ),
    "gate_not_found": Meaning(
        404, "the job has no such gate", "the job has no gate deploy; its gates: build, lint"
    ),
    "token_not_found": Meaning(
        404, "the workspace has no such token", f"there is no token {samples.TOKEN_ID} in this workspace"
    ),
    "route_not_found": Meaning(404, "nothing can be at such a path", "there is no such route"),
    "method_not_allowed": Meaning(
        405,
        "the path has other methods, which `Allow` names",
        "this path does not take DELETE, but GET, POST",
    ),
    "illegal_state": Meaning(
        409, "the job's state forbids it", "a job that is COMPLETED cannot be cancelled"
    ),
    "conflict": Meaning(
        409,
        "somebody else has changed it meanwhile; look again",
        f"job {samples.JOB_ID} has moved past version 4",
    ),
    "wrong_reporter": Meaning(
        403,
        "the gate's reports come from a forge's check; an admin may force it",
        "the gate coverage takes reports from the github check_run coverage only",
    ),
    "commit_mismatch": Meaning(
        409,
        "the report is about another commit than the one the job is judged by",
        "the report is for commit 2f5c…, the job is validated against 9e1d…",
    ),
    "stale_attempt": Meaning(
        409, "the job is at another attempt", "the request is about attempt 1, but the job is at attempt 2"
    ),
    "too_many_attempts": Meaning(
        409, "the job was tried often enough", "a job may be attempted at most 15 times; create a new one"
    ),
    "too_many_approvals": Meaning(
        409,
        "the workspace has as many standing approvals as one may have",
        "a workspace holds 100 standing approvals, fewer if they name many paths; "
        "revoke some, or approve this job only",
    ),
    "repository_taken": Meaning(
        409, "another workspace has the repository", "connected elsewhere: github acme/shop"
    ),
    "last_admin_token": Meaning(
        409,
        "the workspace would be left without an admin's token",
        "this is the workspace's last admin token; create another one first",
    ),
    "body_too_large": Meaning(413, "the body is over 256 KiB", "the body may hold at most 262144 bytes"),
    "input_too_large": Meaning(
        413,
        "the input is over 64 KiB",
        "instructions may hold at most 65536 bytes",
        FieldError("instructions", "is too long"),
    ),
    "too_many_steps": Meaning(413, "the job is full", "a job may have at most 200 steps"),
    "unsupported_media_type": Meaning(
        415, "the body is said to be something else than JSON", "the body has to be sent as application/json"
    ),
    "invalid_request": Meaning(
        422,
        "a field or parameter is not valid; `errors` names each",
        "priority should be at most 9",
        FieldError("priority", "should be at most 9"),
    ),
    "invalid_payload": Meaning(
        422,
        "the delivery does not have the form of its sender; `errors` names the field",
        "issueNumber: should be a whole number",
        FieldError("issueNumber", "should be a whole number"),
    ),
    "invalid_callback": Meaning(
        422, "the callback does not tell of a run that ended", "the body does not report a finished run"
    ),
    "reserved_step": Meaning(
        422,
        "the step's name belongs to the stitcher",
        "the step name guard rails is reserved; use another",
    ),
    "idempotency_key_reused": Meaning(
        422, "the key came with another request before", "the idempotency key was used with another request"
    ),
    "queue_unavailable": Meaning(
        503,
        "a queue cannot be reached just now; nothing was lost, ask again",
        "the dead letters cannot be read: a queue cannot be reached",
    ),
}

SCHEMA: Json = {
    "type": "object",
    "description": "What went wrong, as RFC 9457 has it, with a code that stays the same.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {
            "type": "string",
            "description": "Where this page tells of the code: `/docs#problem-` and the code",
        },
        "title": {"type": "string", "description": "What the status means"},
        "status": {"type": "integer", "description": "The HTTP status", "minimum": 400, "maximum": 599},
        "code": {
            "type": "string",
            "description": "What went wrong, for programs",
            "examples": ["illegal_state"],
        },
        "detail": {"type": "string", "description": "What went wrong this time, for people"},
        "errors": {
            "type": "array",
            "description": "Each field or parameter that is not valid",
            "items": {"$ref": "#/components/schemas/FieldError"},
        },
    },
}
FIELD_ERROR: Json = {
    "type": "object",
    "description": "One thing wrong with a request.",
    "required": ["field", "message"],
    "properties": {
        "field": {
            "type": "string",
            "description": "The field or parameter, such as `reports[0].name`; `body` for the whole body",
        },
        "message": {"type": "string", "description": "How to mend it"},
    },
}
# A typed client can ask every error for its code, and is told by the type that there may be none.
FAILURE: Json = {
    "type": "object",
    "description": "What is answered when a request does not get to the service, or breaks in it: `message` alone "
    "where API Gateway answers, else the members of a problem.",
    "properties": {
        "message": {"type": "string", "description": "API Gateway's own words"},
        **SCHEMA["properties"],
    },
}
COMPONENTS: dict[str, Json] = {"Problem": SCHEMA, "FieldError": FIELD_ERROR, "Failure": FAILURE}


# In words alone: as a second form it would make every typed client tell the two apart.
_GATEWAY = (
    "\n\nWithout an `Authorization` header API Gateway itself answers, before the service is asked: "
    '`{"message": "Unauthorized"}` as `application/json`. For an HTTP API that form cannot be changed.'
)


def _failure(message: str) -> Json:
    return {JSON: {"schema": {"$ref": "#/components/schemas/Failure"}, "example": {"message": message}}}


SHARED_RESPONSES: dict[str, Json] = {
    "TooManyRequests": {
        "description": "More requests than this API takes at once; try again in a moment.",
        "content": _failure("Too Many Requests"),
    },
    "ServerError": {
        "description": "The service is broken or out of reach. What was asked may have been done.",
        "content": _failure("Internal Server Error"),
    },
}


SHARED: dict[str, Json] = {
    "429": {"$ref": "#/components/responses/TooManyRequests"},
    "5XX": {"$ref": "#/components/responses/ServerError"},
}


def responses(codes: Iterable[str]) -> dict[int, Any]:
    """Return the responses of an operation with these problems, by status; raises KeyError for an unknown code."""
    by_status = defaultdict(list)
    for code in dict.fromkeys(codes):
        by_status[PROBLEMS[code].status].append(code)
    described = {status: _response(status, by_status[status]) for status in sorted(by_status)}
    if "unauthorized" in by_status.get(401, ()):
        described[401]["description"] += _GATEWAY
    return described


def _response(status: int, codes: list[str]) -> Json:
    meant = "\n".join(f"- `{code}`: {PROBLEMS[code].when}" for code in codes)
    return {
        "description": f"{title(status)}\n\n{meant}",
        "content": {
            CONTENT_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {code: {"$ref": f"#/components/examples/{code}"} for code in codes},
            }
        },
    }


def examples() -> dict[str, Json]:
    """Each problem as it could be told, by code."""
    return {
        code: {"summary": meaning.when, "value": json.loads(meaning.example(code).body())}
        for code, meaning in PROBLEMS.items()
    }
