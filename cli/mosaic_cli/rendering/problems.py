"""Problems as lines of text. Fields of the API are named by the command's options."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from mosaic_cli.errors import Json
from mosaic_cli.rendering.text import line, safe

# Fields of the API whose option has a different name.
OPTIONS = {
    "agentTaskId": "--agent-task-id",
    "capabilities": "--capability",
    "commitSha": "--commit",
    "gates": "--gate",
    "issueNumber": "--issue",
    "numbers": "--number",
    "paths": "--path",
    "timeoutSeconds": "--timeout",
    "url": "--link",
}
# A field of the API, such as `capabilities[1]`, `gates[0].name` or `numbers.coverage`.
_FIELD = re.compile(r"([^.\[]+)(?:\[([0-9]{1,9})\])?(?:\..*)?", re.DOTALL)


def lines(problem: Json, options: Collection[str]) -> Iterator[str]:
    """Yields the problem's detail, then a line for each invalid field, named by its option if there is one.

    A single invalid field is part of the first line, because the detail is about the same field.
    """
    code = line(problem.get("code", "unknown"))
    detail = safe(problem.get("detail", ""))
    errors = problem.get("errors")
    field_errors = [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    if len(field_errors) == 1:
        yield f"{_field_line(_with_detail(field_errors[0], detail), options)} ({code})"
        return
    yield f"{detail} ({code})"
    yield from (f"  {_field_line(error, options)}" for error in field_errors)


def _field_line(error: Json, options: Collection[str]) -> str:
    return f"{line(option_of(str(error.get('field', '')), options))}: {line(error.get('message', ''))}"


def _with_detail(error: Json, detail: str) -> Json:
    """Returns the error with the detail's message about the field, which can say more."""
    match = re.match(re.escape(str(error.get("field", ""))) + r":? (.+)", detail, re.DOTALL)
    return {**error, "message": match[1]} if match else error


def option_of(field: str, options: Collection[str]) -> str:
    """Returns the option that sets a field of the API, or the field itself if none of `options` does."""
    match = _FIELD.fullmatch(field)
    if match is None:
        return field
    name, index = match.groups()
    option = OPTIONS.get(name) or "--" + re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()
    if option not in options:
        return field
    return option if index is None else f"{option} (number {int(index) + 1})"
