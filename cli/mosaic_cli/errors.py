"""Why a command could not do what it was asked: an exit code, and a problem in the API's own form."""

from __future__ import annotations

from typing import Any

from mosaic_cli.exits import ExitCode

Json = dict[str, Any]


class CommandError(Exception):
    """Ends the command with `exit_code`; `problem` is what is told, as RFC 9457 has it. Never holds the token."""

    def __init__(self, exit_code: ExitCode, problem: Json) -> None:
        super().__init__(str(problem.get("detail", "")))
        self.exit_code = exit_code
        self.problem = problem


class WrongUsage(CommandError):
    """What was asked or configured makes no request."""

    def __init__(self, detail: str) -> None:
        super().__init__(ExitCode.USAGE, told("usage", "Usage", detail))


class NoToken(CommandError):
    """The command needs a token and none is set."""

    def __init__(self, detail: str) -> None:
        super().__init__(ExitCode.FORBIDDEN, told("no_token", "No token", detail))


class Refused(CommandError):
    """The API answered with a problem."""


class Unreachable(CommandError):
    """No answer, or one that says to try again later; asking once more may help."""

    def __init__(self, problem: Json) -> None:
        super().__init__(ExitCode.UNREACHABLE, problem)


class TimedOut(CommandError):
    """The time that a command should wait is over."""

    def __init__(self, detail: str) -> None:
        super().__init__(ExitCode.TIMED_OUT, told("timed_out", "Timed out", detail))


class NotFound(CommandError):
    """The thing that was asked for is not there."""

    def __init__(self, detail: str) -> None:
        super().__init__(ExitCode.NOT_FOUND, told("not_found", "Not found", detail))


def told(code: str, title: str, detail: str) -> Json:
    """A problem of this program's own."""
    return {"type": "about:blank", "title": title, "code": code, "detail": detail}
