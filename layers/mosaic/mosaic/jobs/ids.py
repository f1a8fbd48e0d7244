"""Job ids as moments: a ULID begins with the millisecond in which its job was created. Pure."""

from __future__ import annotations

from datetime import datetime

from ulid import ULID

from mosaic.base import milliseconds

_RANDOM_BYTES = bytes(10)
_ALPHABET = frozenset("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def is_job_id(text: str) -> bool:
    """Whether `text` is a ULID, and so could be the id of a job."""
    return len(text) == 26 and _ALPHABET.issuperset(text)


def first_id(moment: datetime) -> str:
    """The least id of a job created at `moment`; of a job created in 1970 for an earlier moment."""
    return first_id_of(max(milliseconds(moment), 0))


def first_id_of(millisecond: int) -> str:
    """The least id of a job created in this millisecond since 1970."""
    return str(ULID.from_bytes(millisecond.to_bytes(6, "big") + _RANDOM_BYTES))


def millisecond_of(job_id: str) -> int:
    """When the job was created, in milliseconds since 1970; raises ValueError for what is no ULID."""
    return int(ULID.from_str(job_id).milliseconds)
