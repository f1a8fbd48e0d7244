"""What has the form of a job's id. Pure."""

from __future__ import annotations

_ULID_ALPHABET = frozenset("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def is_job_id(text: str) -> bool:
    """Whether `text` is a ULID of at most 128 bits, and so could be a job's id."""
    return len(text) == 26 and text[0] <= "7" and _ULID_ALPHABET.issuperset(text)
