"""Claims: keys that identify the request in a delivery, to recognise duplicates.

The delivery's id does not do that: Gitea gives a replay a new id. The hooks of a repository and of its
organisation deliver the same comment twice.
"""

import hashlib
from urllib.parse import quote

from mosaic.forge.intent import Provider

MAX_LENGTH = 512
"""The maximum length of a claim in characters. A longer one is cut and ends in a digest of the whole."""


def claim(provider: Provider, repository: str, repository_id: str | None, *parts: str | int | None) -> str:
    """Joins `parts` to a unique string. `repository_id` is such as `github:1234`.

    The forge's id of the repository takes the place of its name: another repository can have the name later,
    with issues of the same numbers. Repository names ignore case, as on forges.
    """
    place = repository.lower() if repository_id is None else repository_id.removeprefix(f"{provider}:")
    names = (provider, place, *("" if part is None else str(part) for part in parts))
    text = ":".join(quote(name, errors="surrogatepass") for name in names)
    if len(text) <= MAX_LENGTH:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"{text[: MAX_LENGTH - len(digest) - 1]}:{digest}"
