"""Where in a repository a job may work, as clients name it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mosaic.constraints import Matches

MAX_PATHS = 50
MAX_PLACE = 200

# As git allows them, and only by their short name: whatever git would read as another name of a branch is none,
# since a policy about `main` has to hold for `heads/main`.
BRANCH = (
    r"^(?!HEAD$)(?!(refs|heads|tags|remotes)/)(?!.*(\.\.|//|/\.|\.lock(/|$)|[./]$))"
    r"[A-Za-z0-9_][A-Za-z0-9._/+#-]{0,199}$"
)
PATH = r"^(?!/)(?!.*//)(?!(.*/)?\.{1,2}(/|$))[^\\\x00-\x1f\x7f-\x9f\u2028\u2029]{1,200}$"


Branch = Annotated[
    str,
    Field(max_length=MAX_PLACE, examples=["release/2"]),
    Matches(BRANCH, "the short name of a branch, such as release/2"),
]
Path = Annotated[
    str,
    Field(max_length=MAX_PLACE, examples=["src/login/"]),
    Matches(PATH, "a file or a folder/ within the repository"),
]
Paths = Annotated[tuple[Path, ...], Field(max_length=MAX_PATHS)]
