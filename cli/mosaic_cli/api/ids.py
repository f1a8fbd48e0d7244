"""Resolves ids given in full, by their first or last characters, in any case, or as `@last`."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from mosaic_cli.api.client import Api
from mosaic_cli.errors import Json, NotFound, WrongUsage
from mosaic_cli.times import format_rfc3339

LAST = "@last"
LENGTH = 26
SHORTEST = 6
# The newest jobs searched for the end of an id: the number of pages, and the API's largest page.
PAGES, PAGE = 10, 100
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ID = re.compile(f"[{_ALPHABET}]+")
# A ULID begins with the milliseconds since 1970, 5 bits a character.
_TIME_CHARACTERS = 10


def job_id(api: Api, given: str) -> str:
    """Resolves a job id. Raises NotFound without a match, WrongUsage for several matches or an invalid id."""
    if given == LAST:
        newest = api.get("/runner-jobs", {"limit": 1}).get("items") or []
        if not newest:
            raise NotFound("the workspace has no jobs")
        return str(newest[0].get("id"))
    part = _validated_part(given, f", or {LAST}")
    if len(part) == LENGTH:
        return part
    window = created_between(part)
    within = api.pages("/runner-jobs", {**window, "limit": PAGE}) if window else iter(())
    newest = itertools.islice(api.pages("/runner-jobs", {"limit": PAGE}), PAGES)
    return _only_match(part, itertools.chain(_ids(within), _ids(newest)), "job")


def token_id(api: Api, given: str) -> str:
    """Resolves a token id. Raises NotFound without a match, WrongUsage for several matches or an invalid id."""
    if not _ID.fullmatch(given.upper()):
        return given  # the demo's tokens have short ids
    part = _validated_part(given, "")
    if len(part) == LENGTH:
        return part
    return _only_match(part, _ids(api.pages("/tokens", {"limit": PAGE})), "token")


def created_between(prefix: str) -> dict[str, str] | None:
    """Returns a filter for the creation times of ids with the prefix; None if no job has such a time."""
    known = prefix[:_TIME_CHARACTERS]
    first, last = (known.ljust(_TIME_CHARACTERS, fill) for fill in (_ALPHABET[0], _ALPHABET[-1]))
    try:
        since, until = (datetime.fromtimestamp(_number(time) / 1000, UTC) for time in (first, last))
        after = until + timedelta(milliseconds=1)
    except (ValueError, OverflowError, OSError):
        return None
    return {"since": format_rfc3339(since), "until": format_rfc3339(after)} if since.year < 2100 else None


def _number(characters: str) -> int:
    number = 0
    for character in characters:
        number = number * len(_ALPHABET) + _ALPHABET.index(character)
    return number


def _validated_part(given: str, alternative: str) -> str:
    part = given.removeprefix("…").upper()
    if not _ID.fullmatch(part) or not SHORTEST <= len(part) <= LENGTH:
        raise WrongUsage(
            f"{given!r} is not an id: give all {LENGTH} characters, or at least the first or last {SHORTEST}"
            f"{alternative}"
        )
    return part


def _ids(pages: Iterable[Json]) -> Iterator[str]:
    for page in pages:
        yield from (str(item.get("id")) for item in page.get("items") or ())


def _only_match(part: str, ids: Iterable[str], kind: str) -> str:
    matches = sorted({id for id in ids if id.startswith(part) or id.endswith(part)})
    if not matches:
        newest = f" among the newest {PAGES * PAGE}" if kind == "job" else ""
        raise NotFound(f"no {kind} id begins or ends with {part}{newest}")
    if len(matches) > 1:
        raise WrongUsage(f"{part} is ambiguous: {', '.join(matches[:5])}")
    return matches[0]
