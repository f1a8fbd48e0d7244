"""RFC 9457 problems. This module maps every domain error to one status and one stable code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools import Logger

from mosaic.access.connections import (
    AlreadyConnected,
    ConnectionNotFound,
    RepositoryNotAllowed,
    RepositoryNotConnected,
    TooManyConnections,
)
from mosaic.access.errors import (
    LastAdmin,
    RepositoryTaken,
    StaleAccess,
    TokenNotFound,
    TooManyApprovals,
    TooManyCreators,
)
from mosaic.forge.errors import PayloadError, SignatureError
from mosaic.jobs.errors import (
    ApprovalRefused,
    CommitMismatch,
    CommitNotPushed,
    IllegalTransition,
    InputTooLarge,
    JobNotFound,
    OwnApproval,
    OwnOverride,
    ReportForbidden,
    ReservedStep,
    StaleAttempt,
    StaleJob,
    StaleText,
    TooManyAttempts,
    TooManySteps,
    UnknownGate,
    WrongReporter,
)
from mosaic.openclaw.errors import CallbackError, MalformedCallback
from mosaic.services.accept_job import ClaimReused
from mosaic.services.limit_waits import TooManyWaits
from mosaic.storage.job_queue import QueueUnavailable
from mosaic.storage.secrets import SecretUnavailable

logger = Logger(child=True)
CONTENT_TYPE = "application/problem+json"
# The titles of RFC 9110, which older versions of Python do not use.
_TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}


def title(status: int) -> str:
    """Returns the title of an HTTP status."""
    return _TITLES.get(status) or HTTPStatus(status).phrase


@dataclass(frozen=True)
class FieldError:
    """An invalid field of a request, such as `reports[0].name`, and a message on how to correct it."""

    field: str
    message: str


class Problem(Exception):
    """An error response to the caller; it never holds a secret."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        errors: tuple[FieldError, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})

    def body(self) -> str:
        """Returns the problem as JSON."""
        body: dict[str, Any] = {
            "type": f"/docs#problem-{self.code}",
            "title": title(self.status),
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }
        if self.errors:
            body["errors"] = [{"field": error.field, "message": error.message} for error in self.errors]
        return json.dumps(body)


CODES: dict[type[Exception], tuple[int, str]] = {
    JobNotFound: (404, "job_not_found"),
    UnknownGate: (404, "gate_not_found"),
    TokenNotFound: (404, "token_not_found"),
    IllegalTransition: (409, "illegal_state"),
    TooManyAttempts: (409, "too_many_attempts"),
    StaleAttempt: (409, "stale_attempt"),
    StaleText: (409, "stale_text"),
    TooManySteps: (413, "too_many_steps"),
    ReservedStep: (422, "reserved_step"),
    WrongReporter: (403, "wrong_reporter"),
    ReportForbidden: (403, "forbidden"),
    CommitMismatch: (409, "commit_mismatch"),
    CommitNotPushed: (409, "commit_mismatch"),
    StaleJob: (409, "conflict"),
    StaleAccess: (409, "conflict"),
    LastAdmin: (409, "last_admin_token"),
    AlreadyConnected: (409, "already_connected"),
    ConnectionNotFound: (404, "connection_not_found"),
    TooManyConnections: (409, "too_many_connections"),
    RepositoryNotAllowed: (403, "repository_not_allowed"),
    RepositoryNotConnected: (422, "repository_not_connected"),
    TooManyCreators: (409, "too_many_creators"),
    RepositoryTaken: (409, "repository_taken"),
    OwnApproval: (403, "own_approval"),
    OwnOverride: (403, "own_override"),
    ApprovalRefused: (422, "invalid_request"),
    TooManyApprovals: (409, "too_many_approvals"),
    InputTooLarge: (413, "input_too_large"),
    ClaimReused: (422, "idempotency_key_reused"),
    SignatureError: (401, "bad_signature"),
    CallbackError: (401, "bad_callback"),
    MalformedCallback: (422, "invalid_callback"),
    PayloadError: (422, "invalid_payload"),
    TooManyWaits: (429, "too_many_waits"),
    QueueUnavailable: (503, "queue_unavailable"),
    SecretUnavailable: (503, "secret_unavailable"),
}
DOMAIN_ERRORS = list(CODES)


def problem_for(error: Exception) -> Problem:
    """Returns the problem for a domain error; raises KeyError for any other error."""
    status, code = CODES[type(error)]
    if isinstance(error, PayloadError | ApprovalRefused):
        return Problem(status, code, str(error), (FieldError(error.field, error.message),))
    if isinstance(error, InputTooLarge):
        return Problem(status, code, str(error), (FieldError(error.field, "is too long"),))
    if isinstance(error, TooManyWaits):
        return Problem(status, code, str(error), headers={"Retry-After": "5"})
    if isinstance(error, SecretUnavailable):
        logger.error("a secret cannot be used", reason=str(error))
        return Problem(status, code, "a secret of the deployment cannot be read; try again later")
    return Problem(status, code, str(error))
