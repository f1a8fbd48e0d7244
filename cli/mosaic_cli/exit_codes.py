"""Exit codes that a script can rely on: the one list of them."""

from __future__ import annotations

from enum import IntEnum
from http import HTTPStatus


class ExitCode(IntEnum):
    """What a command says by ending."""

    OK = 0
    JOB_FAILED = 1
    USAGE = 2
    FORBIDDEN = 3
    NOT_FOUND = 4
    CONFLICT = 5
    INVALID = 6
    UNREACHABLE = 7
    LOG_BROKEN = 8
    BUG = 70
    TIMED_OUT = 124
    INTERRUPTED = 130
    OUTPUT_CLOSED = 141
    TERMINATED = 143

    @property
    def meaning(self) -> str:
        """The code in words."""
        return _MEANING[self]


_MEANING = {
    ExitCode.OK: "done; of a job that was waited for: it is COMPLETED",
    ExitCode.JOB_FAILED: "the job that was waited for ended FAILED or CANCELLED",
    ExitCode.USAGE: "wrong usage or configuration; nothing was sent",
    ExitCode.FORBIDDEN: "not authorised, or the token's role may not",
    ExitCode.NOT_FOUND: "there is no such job, gate or token",
    ExitCode.CONFLICT: "the state of the job forbids it",
    ExitCode.INVALID: "the API refused the request as invalid",
    ExitCode.UNREACHABLE: "the API cannot be reached, or cannot answer now",
    ExitCode.LOG_BROKEN: "the log of the job is not what was saved",
    ExitCode.BUG: "a mistake in `mosaic` itself",
    ExitCode.TIMED_OUT: "the time to wait is over; the job goes on",
    ExitCode.INTERRUPTED: "interrupted by Ctrl-C",
    ExitCode.OUTPUT_CLOSED: "the reader of the output has closed it",
    ExitCode.TERMINATED: "ended by SIGTERM",
}

_OF_STATUS = {
    HTTPStatus.UNAUTHORIZED: ExitCode.FORBIDDEN,
    HTTPStatus.FORBIDDEN: ExitCode.FORBIDDEN,
    HTTPStatus.NOT_FOUND: ExitCode.NOT_FOUND,
    HTTPStatus.CONFLICT: ExitCode.CONFLICT,
    HTTPStatus.REQUEST_TIMEOUT: ExitCode.UNREACHABLE,
    HTTPStatus.TOO_MANY_REQUESTS: ExitCode.UNREACHABLE,
}


def of_status(status: int) -> ExitCode:
    """The exit code for an HTTP status that is no success; a redirect is not an answer of the API."""
    known = {int(code): exit_code for code, exit_code in _OF_STATUS.items()}.get(status)
    if known is not None:
        return known
    return ExitCode.INVALID if 400 <= status < 500 else ExitCode.UNREACHABLE
