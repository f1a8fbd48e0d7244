"""The roles of people who write on a forge, and their order. Pure."""

from __future__ import annotations

from typing import Literal

RequesterRole = Literal["admin", "member", "guest"]
"""The role of a person on a forge in the workspace; a `guest` is unknown to it."""

ROLE_ORDER: tuple[RequesterRole, ...] = ("guest", "member", "admin")
"""The roles, the lowest first."""


def lowest_role(*roles: RequesterRole) -> RequesterRole:
    """Returns the lowest of the roles: `guest` before `member` before `admin`.

    Without any role the answer is `guest`: nobody is known to have written the text.
    """
    return min(roles, key=ROLE_ORDER.index, default="guest")
