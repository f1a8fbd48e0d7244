"""Where in a repository a job may work, as clients name it."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, WithJsonSchema

MAX_PATHS = 50
MAX_PLACE = 200

# As git allows them, and only by their short name: whatever git would read as another name of a branch is none,
# since a policy about `main` has to hold for `heads/main`.
BRANCH = (
    r"^(?!HEAD$)(?!(refs|heads|tags|remotes)/)(?!.*(\.\.|//|/\.|\.lock(/|$)|[./]$))"
    r"[A-Za-z0-9_][A-Za-z0-9._/+#-]{0,199}$"
)
PATH = r"^(?!/)(?!.*//)(?!(.*/)?\.{1,2}(/|$))[^\\\x00-\x1f\x7f-\x9f\u2028\u2029]{1,200}$"


def _matching(pattern: str, should: str) -> AfterValidator:
    known = re.compile(pattern)

    def check(text: str) -> str:
        # A `$` also stands before a last line break.
        if not known.match(text) or text.endswith("\n"):
            raise ValueError(f"should be {should}")
        return text

    return AfterValidator(check)


def _told(pattern: str, example: str) -> WithJsonSchema:
    schema: dict[str, Any] = {"type": "string", "maxLength": MAX_PLACE, "pattern": pattern}
    return WithJsonSchema({**schema, "examples": [example]})


Branch = Annotated[
    str,
    Field(max_length=MAX_PLACE),
    _matching(BRANCH, "the short name of a branch, such as release/2"),
    _told(BRANCH, "release/2"),
]
Path = Annotated[
    str,
    Field(max_length=MAX_PLACE),
    _matching(PATH, "a file or a folder/ within the repository"),
    _told(PATH, "src/login/"),
]
Paths = Annotated[tuple[Path, ...], Field(max_length=MAX_PATHS)]
