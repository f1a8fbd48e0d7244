"""Job ids as times: a ULID begins with the millisecond of the job's creation. Pure."""

from __future__ import annotations

from datetime import datetime

from ulid import ULID

from mosaic.base import milliseconds

SHORT_CODE_LENGTH = 6
_RANDOM_BYTES = bytes(10)
_ALPHABET = frozenset("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def is_job_id(text: str) -> bool:
    """True if `text` is a ULID, and so may be a job id."""
    return len(text) == 26 and _ALPHABET.issuperset(text)


def short_code(job_id: str) -> str:
    """Returns the code that names a job among the jobs of an issue: the last characters of its id, in lower case."""
    return job_id[-SHORT_CODE_LENGTH:].lower()


def first_id(moment: datetime) -> str:
    """Returns the smallest id of a job created at `moment`. A moment before 1970 counts as 1970."""
    return first_id_of(max(milliseconds(moment), 0))


def first_id_of(millisecond: int) -> str:
    """Returns the smallest id of a job created in this millisecond since 1970."""
    return str(ULID.from_bytes(millisecond.to_bytes(6, "big") + _RANDOM_BYTES))


def millisecond_of(job_id: str) -> int:
    """Returns the job's creation time in milliseconds since 1970. Raises ValueError if the id is not a ULID."""
    return int(ULID.from_str(job_id).milliseconds)
