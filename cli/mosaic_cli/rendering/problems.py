"""Problems as people read them: fields of the API are named by the options of the command line."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from mosaic_cli.errors import Json
from mosaic_cli.text import line, safe

# Fields of the API whose option has another name.
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
    """The problem's detail, then a line for each wrong field, named by its option where the command has one.

    A single wrong field is all in one line: the API's detail is then about this field too.
    """
    code = line(problem.get("code", "unknown"))
    detail = safe(problem.get("detail", ""))
    errors = problem.get("errors")
    wrong = [each for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []
    if len(wrong) == 1:
        yield f"{_wrong_field(_with_detail(wrong[0], detail), options)} ({code})"
        return
    yield f"{detail} ({code})"
    yield from (f"  {_wrong_field(each, options)}" for each in wrong)


def _wrong_field(error: Json, options: Collection[str]) -> str:
    return f"{line(option_of(str(error.get('field', '')), options))}: {line(error.get('message', ''))}"


def _with_detail(error: Json, detail: str) -> Json:
    """The error with what the detail says of its field, which may be more: a length that is allowed, for example."""
    found = re.match(re.escape(str(error.get("field", ""))) + r":? (.+)", detail, re.DOTALL)
    return {**error, "message": found[1]} if found else error


def option_of(field: str, options: Collection[str]) -> str:
    """The option that a field of the API is given by; the field itself if it is none of `options`."""
    found = _FIELD.fullmatch(field)
    if found is None:
        return field
    name, index = found.groups()
    option = OPTIONS.get(name) or "--" + re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()
    if option not in options:
        return field
    return option if index is None else f"{option} (number {int(index) + 1})"
