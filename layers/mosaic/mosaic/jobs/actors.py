"""Actors: their names, and the comparison of two of them. Pure.

An actor is a string `provider:login`. An actor of a forge can carry the account's numeric id, as
`github:ada#1234`. A login can be renamed and taken by another account; the id stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from string import ascii_lowercase, ascii_uppercase
from typing import Literal, get_args

Forge = Literal["github", "gitea", "forgejo"]
FORGES: frozenset[str] = frozenset(get_args(Forge))
"""The providers whose accounts have a login and a numeric id."""

_WITHOUT_CASE = FORGES | {"mosaic"}
# Logins of forges are ASCII. Another letter must not become one of them: the Kelvin sign's lower case is "k".
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
_NUMBERED = re.compile(r"(?P<name>.+)#(?P<id>[0-9]{1,19})", re.DOTALL)


def with_id(actor: str, account_id: int | None) -> str:
    """Returns `actor` with the id of its account, unchanged without one or for a provider that has no ids."""
    if account_id is None or _provider(actor) not in FORGES:
        return actor
    return f"{split_id(actor)[0]}#{account_id}"


def split_id(actor: str) -> tuple[str, int | None]:
    """Returns the name of the actor, as `provider:login`, and the id of its account if it carries one."""
    match = _NUMBERED.fullmatch(actor)
    if match is None or _provider(actor) not in FORGES:
        return actor, None
    return match["name"], int(match["id"])


def normal_name(actor: str) -> str:
    """Returns the actor's name as it compares: without its id, and in lower case if its provider ignores case.

    Forges ignore the case of logins. The subjects of an OIDC issuer and the ids of tokens and runs keep theirs.
    """
    name, _ = split_id(actor)
    return name.translate(_LOWER) if _provider(actor) in _WITHOUT_CASE else name


def same_login(a: str, b: str) -> bool:
    """Returns whether two logins of one forge are the same; forges ignore their case."""
    return a.translate(_LOWER) == b.translate(_LOWER)


def same_actor(a: str, b: str) -> bool:
    """Returns whether both are one account: by the ids if both carry one, else by the names."""
    (_, id_a), (_, id_b) = split_id(a), split_id(b)
    if id_a is not None and id_b is not None:
        return _provider(a) == _provider(b) and id_a == id_b
    return normal_name(a) == normal_name(b)


def any_same_actor(actor: str, others: Iterable[str]) -> bool:
    """Returns whether `actor` may be one of the recorded actors `others`."""
    return any(same_actor(actor, other) for other in others)


def in_actors(actor: str, names: Iterable[str]) -> bool:
    """Returns whether a configured list of `names` contains the actor.

    A name with an id means the account with that id, whatever its login is now. A name without an id means
    the account that has the login now.
    """
    actor_id = split_id(actor)[1]
    return any(same_actor(actor, name) for name in names if actor_id is not None or split_id(name)[1] is None)


def _provider(actor: str) -> str:
    return actor.partition(":")[0].lower()
