"""Types for branches and paths in requests."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mosaic.constraints import Matches

MAX_PATHS = 50
MAX_LENGTH = 200

# Only short names that git allows: git reads `heads/main` as `main`, so a policy about `main` must cover it.
BRANCH = (
    r"^(?!HEAD$)(?!(refs|heads|tags|remotes)/)(?!.*(\.\.|//|/\.|\.lock(/|$)|[./]$))"
    r"[A-Za-z0-9_][A-Za-z0-9._/+#-]{0,199}$"
)
PATH = r"^(?!/)(?!.*//)(?!(.*/)?\.{1,2}(/|$))[^\\\x00-\x1f\x7f-\x9f\u2028\u2029]{1,200}$"


Branch = Annotated[
    str,
    Field(max_length=MAX_LENGTH, examples=["release/2"]),
    Matches(BRANCH, "the short name of a branch, such as release/2"),
]
Path = Annotated[
    str,
    Field(max_length=MAX_LENGTH, examples=["src/login/"]),
    Matches(PATH, "a file or a folder/ within the repository"),
]
Paths = Annotated[tuple[Path, ...], Field(max_length=MAX_PATHS)]
