"""The exit codes of `mosaic`, which scripts can rely on."""

from __future__ import annotations

from enum import IntEnum
from http import HTTPStatus


class ExitCode(IntEnum):
    """The exit code of a command."""

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
        """The meaning of the code, as the documentation states it."""
        return _MEANING[self]


_MEANING = {
    ExitCode.OK: "success; with --wait or watch: the job is COMPLETED",
    ExitCode.JOB_FAILED: "the awaited job ended FAILED or CANCELLED",
    ExitCode.USAGE: "wrong usage or configuration; nothing was sent",
    ExitCode.FORBIDDEN: "the token is missing or invalid, or its role has no permission",
    ExitCode.NOT_FOUND: "the job, gate or token does not exist",
    ExitCode.CONFLICT: "the job's state does not allow the action",
    ExitCode.INVALID: "the API refused the request as invalid",
    ExitCode.UNREACHABLE: "the API cannot be reached, or is unavailable",
    ExitCode.LOG_BROKEN: "the job's event log is incomplete or was changed",
    ExitCode.BUG: "a bug in `mosaic` itself",
    ExitCode.TIMED_OUT: "the time limit has passed; the job continues",
    ExitCode.INTERRUPTED: "interrupted by Ctrl-C",
    ExitCode.OUTPUT_CLOSED: "the reader closed the output",
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
    """Returns the exit code of a failed HTTP status. The API sends no redirects, so they are UNREACHABLE."""
    known = {int(code): exit_code for code, exit_code in _OF_STATUS.items()}.get(status)
    if known is not None:
        return known
    return ExitCode.INVALID if 400 <= status < 500 else ExitCode.UNREACHABLE
