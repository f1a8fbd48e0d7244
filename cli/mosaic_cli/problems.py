"""Problems as people read them: in the words of the command line, not in those of the API."""

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
_PATTERN = re.compile(r"^string should match pattern .*", re.IGNORECASE | re.DOTALL)
_OWN_WORDS = {
    "--commit": "should be 40 or 64 hexadecimal digits, the whole id in lower case",
    "--replaces": "should be 40 or 64 hexadecimal digits, the whole id in lower case",
    "--repository": "should be OWNER/NAME",
}


def lines(problem: Json, options: Collection[str]) -> Iterator[str]:
    """What went wrong, then a line for each wrong field, named by its option where the command has one."""
    yield f"{safe(problem.get('detail', ''))} ({line(problem.get('code', 'unknown'))})"
    told = problem.get("errors")
    for wrong in told if isinstance(told, list) else []:
        if isinstance(wrong, dict):
            name = option_of(str(wrong.get("field", "")), options)
            yield f"  {line(name)}: {line(_plain(str(wrong.get('message', '')), name))}"


def option_of(field: str, options: Collection[str]) -> str:
    """The option that a field of the API is given by; the field itself if it is none of `options`."""
    first, _, rest = field.partition(".")
    option = OPTIONS.get(first) or "--" + re.sub(r"(?<=[a-z])(?=[A-Z])", "-", first).lower()
    if option not in options:
        return field
    return f"{option} (number {int(rest) + 1})" if rest.isdecimal() else option


def _plain(message: str, name: str) -> str:
    """The message without the words of the library that checks the request."""
    said = message.removeprefix("Value error, ")
    if _PATTERN.match(said):
        return _OWN_WORDS.get(name.split(" ")[0], "has the wrong form")
    return said
