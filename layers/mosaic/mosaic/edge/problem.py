"""Problems as RFC 9457 has them: every error of the domain has one status and one stable code, listed here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from mosaic.access.errors import LastAdmin, RepositoryTaken, StaleAccess, TokenNotFound, TooManyApprovals
from mosaic.forge.errors import PayloadError, SignatureError
from mosaic.jobs.errors import (
    ApprovalRefused,
    CommitMismatch,
    IllegalTransition,
    InputTooLarge,
    JobNotFound,
    OwnApproval,
    ReservedStep,
    StaleAttempt,
    StaleJob,
    TooManyAttempts,
    TooManySteps,
    UnknownGate,
    WrongReporter,
)
from mosaic.openclaw.errors import CallbackError, MalformedCallback
from mosaic.services.accept_job import ClaimReused
from mosaic.storage.job_queue import QueueUnavailable

CONTENT_TYPE = "application/problem+json"
# As RFC 9110 has them, whatever the Python that runs this calls them.
_TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}


def title(status: int) -> str:
    """What an HTTP status means, in a few words."""
    return _TITLES.get(status) or HTTPStatus(status).phrase


@dataclass(frozen=True)
class FieldError:
    """One thing wrong with a request: the field, such as `reports[0].name`, and how to mend it."""

    field: str
    message: str


class Problem(Exception):
    """What a caller is told instead of a result; never holds a secret."""

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
        """The problem as JSON."""
        told: dict[str, Any] = {
            "type": f"/docs#problem-{self.code}",
            "title": title(self.status),
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }
        if self.errors:
            told["errors"] = [{"field": error.field, "message": error.message} for error in self.errors]
        return json.dumps(told)


CODES: dict[type[Exception], tuple[int, str]] = {
    JobNotFound: (404, "job_not_found"),
    UnknownGate: (404, "gate_not_found"),
    TokenNotFound: (404, "token_not_found"),
    IllegalTransition: (409, "illegal_state"),
    TooManyAttempts: (409, "too_many_attempts"),
    StaleAttempt: (409, "stale_attempt"),
    TooManySteps: (413, "too_many_steps"),
    ReservedStep: (422, "reserved_step"),
    WrongReporter: (403, "wrong_reporter"),
    CommitMismatch: (409, "commit_mismatch"),
    StaleJob: (409, "conflict"),
    StaleAccess: (409, "conflict"),
    LastAdmin: (409, "last_admin_token"),
    RepositoryTaken: (409, "repository_taken"),
    OwnApproval: (403, "own_approval"),
    ApprovalRefused: (422, "invalid_request"),
    TooManyApprovals: (409, "too_many_approvals"),
    InputTooLarge: (413, "input_too_large"),
    ClaimReused: (422, "idempotency_key_reused"),
    SignatureError: (401, "bad_signature"),
    CallbackError: (401, "bad_callback"),
    MalformedCallback: (422, "invalid_callback"),
    PayloadError: (422, "invalid_payload"),
    QueueUnavailable: (503, "queue_unavailable"),
}
EXPECTED = list(CODES)


def of(error: Exception) -> Problem:
    """The problem that tells a caller of an error of the domain; raises KeyError for any other."""
    status, code = CODES[type(error)]
    if isinstance(error, PayloadError | ApprovalRefused):
        return Problem(status, code, str(error), (FieldError(error.field, error.message),))
    if isinstance(error, InputTooLarge):
        return Problem(status, code, str(error), (FieldError(error.field, "is too long"),))
    return Problem(status, code, str(error))
