"""Errors that end a command: an exit code, and a problem in the API's form (RFC 9457)."""

from __future__ import annotations

from typing import Any

from mosaic_cli.exit_codes import ExitCode

Json = dict[str, Any]


class CommandError(Exception):
    """Ends the command with `exit_code` and prints `problem`, which never contains the token."""

    def __init__(self, exit_code: ExitCode, problem: Json) -> None:
        super().__init__(str(problem.get("detail", "")))
        self.exit_code = exit_code
        self.problem = problem


class WrongUsage(CommandError):
    """An argument or a setting is invalid; no request was sent."""

    def __init__(self, detail: str) -> None:
        super().__init__(ExitCode.USAGE, problem("usage", "Usage", detail))


class NoToken(CommandError):
    """The command needs a token and none is set."""

    def __init__(self, detail: str) -> None:
        super().__init__(ExitCode.FORBIDDEN, problem("no_token", "No token", detail))


class Refused(CommandError):
    """The API answered with a problem."""


class Unreachable(CommandError):
    """The API did not answer, or asks to try again later. A retry may succeed."""

    def __init__(self, problem: Json) -> None:
        super().__init__(ExitCode.UNREACHABLE, problem)


class TimedOut(CommandError):
    """The command's time limit has passed."""

    def __init__(self, detail: str) -> None:
        super().__init__(ExitCode.TIMED_OUT, problem("timed_out", "Timed out", detail))


class NotFound(CommandError):
    """The requested resource does not exist."""

    def __init__(self, detail: str) -> None:
        super().__init__(ExitCode.NOT_FOUND, problem("not_found", "Not found", detail))


def problem(code: str, title: str, detail: str) -> Json:
    """Returns a problem that the command line itself reports."""
    return {"type": "about:blank", "title": title, "code": code, "detail": detail}
