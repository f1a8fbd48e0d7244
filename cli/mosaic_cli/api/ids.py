"""Ids as people give them: whole, by their first or last characters, in any case, or `@last`."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from mosaic_cli.api import Api
from mosaic_cli.errors import Json, NotFound, WrongUsage
from mosaic_cli.times import rfc3339

LAST = "@last"
LENGTH = 26
SHORTEST = 6
# How many of the newest are looked through for the last characters of an id, by pages of the most that the API gives.
PAGES, PAGE = 10, 100
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ID = re.compile(f"[{_ALPHABET}]+")
# A ULID begins with the milliseconds since 1970, 5 bits a character.
_TIME_CHARACTERS = 10


def job_id(api: Api, said: str) -> str:
    """The id of the job that is meant. Raises NotFound for none, WrongUsage for several and for no id."""
    if said == LAST:
        newest = api.get("/runner-jobs", {"limit": 1}).get("items") or []
        if not newest:
            raise NotFound("there is no job yet")
        return str(newest[0].get("id"))
    part = _part(said, f", or {LAST}")
    if len(part) == LENGTH:
        return part
    window = created_between(part)
    within = api.pages("/runner-jobs", {**window, "limit": PAGE}) if window else iter(())
    newest = itertools.islice(api.pages("/runner-jobs", {"limit": PAGE}), PAGES)
    return _only(part, itertools.chain(_ids(within), _ids(newest)), "job")


def token_id(api: Api, said: str) -> str:
    """The id of the token that is meant. Raises NotFound for none, WrongUsage for several and for no id."""
    if not _ID.fullmatch(said.upper()):
        return said  # the demo's tokens have ids of their own
    part = _part(said, "")
    if len(part) == LENGTH:
        return part
    return _only(part, _ids(api.pages("/tokens", {"limit": PAGE})), "token")


def created_between(prefix: str) -> dict[str, str] | None:
    """The filter for the times at which an id that begins so was made; None for times that no job can have."""
    known = prefix[:_TIME_CHARACTERS]
    first, last = (known.ljust(_TIME_CHARACTERS, fill) for fill in (_ALPHABET[0], _ALPHABET[-1]))
    try:
        since, until = (datetime.fromtimestamp(_number(each) / 1000, UTC) for each in (first, last))
        after = until + timedelta(milliseconds=1)
    except (ValueError, OverflowError, OSError):
        return None
    return {"since": rfc3339(since), "until": rfc3339(after)} if since.year < 2100 else None


def _number(characters: str) -> int:
    number = 0
    for character in characters:
        number = number * len(_ALPHABET) + _ALPHABET.index(character)
    return number


def _part(said: str, also: str) -> str:
    part = said.removeprefix("…").upper()
    if not _ID.fullmatch(part) or not SHORTEST <= len(part) <= LENGTH:
        raise WrongUsage(
            f"{said!r} is no id: give its {LENGTH} characters, or at least its first or last {SHORTEST}{also}"
        )
    return part


def _ids(pages: Iterable[Json]) -> Iterator[str]:
    for page in pages:
        yield from (str(item.get("id")) for item in page.get("items") or ())


def _only(part: str, known: Iterable[str], what: str) -> str:
    found = sorted({each for each in known if each.startswith(part) or each.endswith(part)})
    if not found:
        newest = f" among the newest {PAGES * PAGE}" if what == "job" else ""
        raise NotFound(f"no {what}'s id begins with {part}, or ends with it{newest}")
    if len(found) > 1:
        raise WrongUsage(f"{part} is not enough: {', '.join(found[:5])}")
    return found[0]
