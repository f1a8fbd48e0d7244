"""The name of what a delivery means, by which a second delivery of the same is recognised.

A delivery's own id is no such name: Gitea gives a replay a new one, and two hooks (one of the repository, one
of its organisation) deliver the same comment twice.
"""

import hashlib
from urllib.parse import quote

from mosaic.forge.intent import Provider

MAX_LENGTH = 512
"""Longest claim in characters; a longer one keeps its beginning and ends in a digest of the whole."""


def claim(provider: Provider, repository: str, *parts: str | int | None) -> str:
    """Join `parts` to one string that no other parts give. Forges compare repository names without case."""
    named = (provider, repository.lower(), *("" if part is None else str(part) for part in parts))
    text = ":".join(quote(part, errors="surrogatepass") for part in named)
    if len(text) <= MAX_LENGTH:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"{text[: MAX_LENGTH - len(digest) - 1]}:{digest}"
