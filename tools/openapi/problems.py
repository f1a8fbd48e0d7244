"""The problems that the API can respond with: status, meaning and example of each code."""

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
class ProblemInfo:
    """The meaning of a problem and an example of its detail; `field` is an example of a field error."""

    status: int
    meaning: str
    detail: str
    field: FieldError | None = None

    def example(self, code: str) -> Problem:
        """Returns an example of the problem."""
        return Problem(self.status, code, self.detail, (self.field,) if self.field else ())


_OTHER_LIST = "belongs to a list with other filters; request the first page"
PROBLEMS: dict[str, ProblemInfo] = {
    "malformed_body": ProblemInfo(
        400, "the body is not valid in its encoding", "the body is not valid base64"
    ),
    "malformed_json": ProblemInfo(
        400,
        "the body is not JSON, is nested too deep, or has an object with a duplicate name",
        "the body is not JSON: error at line 3, column 17",
    ),
    "bad_cursor": ProblemInfo(
        400,
        "the cursor does not belong to this list",
        f"the cursor {_OTHER_LIST}",
        FieldError("cursor", _OTHER_LIST),
    ),
    "unauthorized": ProblemInfo(
        401,
        "the request has no valid API token",
        "send a valid API token as Authorization: Bearer <token>",
    ),
    "bad_signature": ProblemInfo(401, "the signature of the delivery is invalid", "wrong signature"),
    "bad_callback": ProblemInfo(
        401, "the callback is not from the gateway", "the bearer is not the gateway's"
    ),
    "forbidden": ProblemInfo(
        403,
        "the token's role lacks the permission",
        "the role viewer does not have the permission jobs:create",
    ),
    "own_approval": ProblemInfo(
        403,
        "requesters may not approve their own jobs",
        "token:ada requested this job; another admin has to approve it",
    ),
    "own_override": ProblemInfo(
        403,
        "requesters may not override gates of their own jobs",
        "token:ada requested this job; another admin has to override its gate",
    ),
    "job_not_found": ProblemInfo(
        404, "the workspace has no such job", f"there is no job {samples.JOB_ID} in this workspace"
    ),
    "gate_not_found": ProblemInfo(
        404, "the job has no such gate", "the job has no gate deploy; its gates: build, lint"
    ),
    "token_not_found": ProblemInfo(
        404, "the workspace has no such token", f"there is no token {samples.TOKEN_ID} in this workspace"
    ),
    "connection_not_found": ProblemInfo(
        404,
        "the workspace has no connection to the repository",
        "the workspace has no connection to github:acme/shop",
    ),
    "repository_not_allowed": ProblemInfo(
        403,
        "the operator does not let the workspace use the repository",
        "the operator's repositoryCeiling of this workspace does not include github:other/shop",
    ),
    "already_connected": ProblemInfo(
        409,
        "the workspace has a connection to the repository",
        "the workspace has a connection to github:acme/shop; delete it first, or rotate its secret",
    ),
    "too_many_connections": ProblemInfo(
        409,
        "the workspace has the maximum number of connections",
        "a workspace has at most 500 connections; delete one first",
    ),
    "repository_not_connected": ProblemInfo(
        422,
        "the job names a repository that its workspace has not connected",
        "the workspace has no active connection to acme/shop",
    ),
    "route_not_found": ProblemInfo(404, "the path does not exist", "the route does not exist"),
    "method_not_allowed": ProblemInfo(
        405, "the path has other methods, listed in `Allow`", "this path allows GET, POST, not DELETE"
    ),
    "illegal_state": ProblemInfo(
        409, "the job's status does not allow the change", "a job that is COMPLETED cannot be cancelled"
    ),
    "conflict": ProblemInfo(
        409,
        "another request changed it meanwhile; read it again",
        f"job {samples.JOB_ID} has moved past version 4",
    ),
    "wrong_reporter": ProblemInfo(
        403,
        "a forge's check reports this gate; an admin may override it",
        "the gate coverage takes reports from the github check_run coverage only",
    ),
    "commit_mismatch": ProblemInfo(
        409,
        "the report is about another commit than the job's current one",
        "the report is for commit 2f5c…, the job is validated against 9e1d…",
    ),
    "stale_attempt": ProblemInfo(
        409,
        "the job is at another attempt",
        "the request is about attempt 1, but the job is at attempt 2",
    ),
    "stale_text": ProblemInfo(
        409,
        "the agent would get another text than the one that was reviewed",
        "the answer is about the text with the hash sha256:1f0a…, but the agent would get the text with the hash "
        "sha256:77c2…",
    ),
    "too_many_attempts": ProblemInfo(
        409,
        "the job has the maximum number of attempts",
        "a job may be attempted at most 15 times; create a new one",
    ),
    "too_many_approvals": ProblemInfo(
        409,
        "the workspace has the maximum number of standing approvals",
        "a workspace holds 100 standing approvals, fewer if they name many paths; "
        "revoke some, or approve this job only",
    ),
    "repository_taken": ProblemInfo(
        409,
        "another workspace has connected the repository",
        "connected elsewhere: github acme/shop",
    ),
    "last_admin_token": ProblemInfo(
        409,
        "the workspace would have no admin token left",
        "this is the workspace's last admin token; create another one first",
    ),
    "too_many_creators": ProblemInfo(
        409,
        "the token was created with another token, and so on, too many times",
        "this token was created with another token, and so on, 10 times; create the new one with an earlier token",
    ),
    "body_too_large": ProblemInfo(413, "the body is too large", "the body may have at most 262144 bytes"),
    "input_too_large": ProblemInfo(
        413,
        "the input is larger than 64 KiB",
        "instructions may hold at most 65536 bytes",
        FieldError("instructions", "is too long"),
    ),
    "too_many_steps": ProblemInfo(
        413, "the job has the maximum number of steps", "a job may have at most 200 steps"
    ),
    "unsupported_media_type": ProblemInfo(
        415, "the content type of the body is not JSON", "the content type must be application/json"
    ),
    "invalid_request": ProblemInfo(
        422,
        "a field or parameter is invalid; `errors` lists each",
        "priority should be at most 9",
        FieldError("priority", "should be at most 9"),
    ),
    "invalid_payload": ProblemInfo(
        422,
        "the payload of the delivery is invalid; `errors` names the field",
        "issueNumber: should be a whole number",
        FieldError("issueNumber", "should be a whole number"),
    ),
    "invalid_callback": ProblemInfo(
        422, "the callback does not report a finished run", "the body does not report a finished run"
    ),
    "reserved_step": ProblemInfo(
        422,
        "the step's name is reserved for the stitcher",
        "the step name guard rails is reserved; use another",
    ),
    "idempotency_key_reused": ProblemInfo(
        422,
        "the idempotency key belongs to another request",
        "the idempotency key was used with another request",
    ),
    "too_many_waits": ProblemInfo(
        429,
        "too many requests of the caller or its workspace wait for events",
        "4 requests of the caller wait for events; try again when one has ended, or leave out wait",
    ),
    "secret_unavailable": ProblemInfo(
        503,
        "a secret of the deployment cannot be read; repeat the request later",
        "a secret of the deployment cannot be read; try again later",
    ),
    "queue_unavailable": ProblemInfo(
        503,
        "a queue is temporarily unavailable; nothing was lost, repeat the request",
        "the dead letters cannot be read: a queue cannot be reached",
    ),
}

SCHEMA: Json = {
    "type": "object",
    "description": "An RFC 9457 problem with a stable code.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {
            "type": "string",
            "description": "The documentation of the code: `/docs#problem-` and the code",
        },
        "title": {"type": "string", "description": "The title of the status"},
        "status": {"type": "integer", "description": "The HTTP status", "minimum": 400, "maximum": 599},
        "code": {
            "type": "string",
            "description": "The problem code, for programs",
            "examples": ["illegal_state"],
        },
        "detail": {"type": "string", "description": "The explanation, for people"},
        "errors": {
            "type": "array",
            "description": "Each invalid field or parameter",
            "items": {"$ref": "#/components/schemas/FieldError"},
        },
    },
}
FIELD_ERROR: Json = {
    "type": "object",
    "description": "An invalid field or parameter of a request.",
    "required": ["field", "message"],
    "properties": {
        "field": {
            "type": "string",
            "description": "The field or parameter, such as `reports[0].name`; `body` for the whole body",
        },
        "message": {"type": "string", "description": "How to correct it"},
    },
}
# One schema for both forms, so that typed clients can read the code of every error.
FAILURE: Json = {
    "type": "object",
    "description": "A response without a result: `message` alone from API Gateway, else the members of a problem.",
    "properties": {
        "message": {"type": "string", "description": "API Gateway's message"},
        **SCHEMA["properties"],
    },
}
COMPONENTS: dict[str, Json] = {"Problem": SCHEMA, "FieldError": FIELD_ERROR, "Failure": FAILURE}


# In words only: with a second schema, typed clients would have to distinguish the two forms.
_GATEWAY = (
    "\n\nWithout an `Authorization` header API Gateway responds itself, with "
    '`{"message": "Unauthorized"}` as `application/json`. An HTTP API cannot change that form.'
)


def _failure(description: str, message: str) -> Json:
    media = {"schema": {"$ref": "#/components/schemas/Failure"}, "example": {"message": message}}
    return {"description": description, "content": {JSON: media}}


SHARED_RESPONSES: dict[str, Json] = {
    "TooManyRequests": _failure(
        "The API's request limit is exceeded; retry in a moment.", "Too Many Requests"
    ),
    "ServerError": _failure(
        "The service failed or is unavailable. The request may have been executed.", "Internal Server Error"
    ),
}
SHARED: dict[str, Json] = {
    "429": {"$ref": "#/components/responses/TooManyRequests"},
    "5XX": {"$ref": "#/components/responses/ServerError"},
}


def responses(codes: Iterable[str]) -> dict[int, Any]:
    """Returns the responses of an operation with these problems, by status; raises KeyError for an unknown code."""
    by_status = defaultdict(list)
    for code in dict.fromkeys(codes):
        by_status[PROBLEMS[code].status].append(code)
    described = {status: _response(status, by_status[status]) for status in sorted(by_status)}
    if "unauthorized" in by_status.get(401, ()):
        described[401]["description"] += _GATEWAY
    return described


def _response(status: int, codes: list[str]) -> Json:
    meanings = "\n".join(f"- `{code}`: {PROBLEMS[code].meaning}" for code in codes)
    return {
        "description": f"{title(status)}\n\n{meanings}",
        "content": {
            CONTENT_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {code: {"$ref": f"#/components/examples/{code}"} for code in codes},
            }
        },
    }


def examples() -> dict[str, Json]:
    """Returns an example of each problem by code."""
    return {
        code: {"summary": problem.meaning, "value": json.loads(problem.example(code).body())}
        for code, problem in PROBLEMS.items()
    }
