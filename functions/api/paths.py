"""Types for branches and paths in requests."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mosaic.constraints import Matches

MAX_PATHS = 50
MAX_LENGTH = 200

# Branches and paths stand in the message to the agent, each on a line and between backticks. So they have
# neither backticks nor line breaks or other control characters.
_UNSAFE = r"`\x00-\x1f\x7f-\x9f\u2028\u2029"

# The names that `git check-ref-format --branch` allows, without those that git itself reads as another ref: a
# policy about `main` must cover `heads/main`. Forges store a name in at most 255 bytes.
MAX_BRANCH_LENGTH = 255
BRANCH = (
    r"^(?!HEAD$)(?!@$)(?!-)(?!(refs|heads|tags|remotes)/)(?!\.|/)(?!.*(\.\.|//|/\.|@\{|\.lock(/|$)|[./]$))"
    rf"[^ ~^:?*\[\\{_UNSAFE}]{{1,255}}$"
)
PATH = r"^(?!/)(?!.*//)(?!(.*/)?\.{1,2}(/|$))" rf"[^\\{_UNSAFE}]{{1,200}}$"


Branch = Annotated[
    str,
    Field(max_length=MAX_BRANCH_LENGTH, examples=["release/2"]),
    Matches(BRANCH, "the short name of a branch without backticks, such as release/2"),
]
Path = Annotated[
    str,
    Field(max_length=MAX_LENGTH, examples=["src/login/"]),
    Matches(PATH, "a file or a folder/ within the repository, without backticks and line breaks"),
]
Paths = Annotated[tuple[Path, ...], Field(max_length=MAX_PATHS)]
