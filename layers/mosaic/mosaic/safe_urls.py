"""URLs to which secrets are sent: HTTPS, or HTTP on the own machine. Pure.

`template.yaml` has the same rule for its parameters.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

# Containers reach the machine that runs them by the last name.
_SAFE = re.compile(
    r"https://[^ ]+[^/]|http://(127\.0\.0\.1|localhost|host\.docker\.internal)(:[0-9]+)?(/[^ ]*[^/])?"
)


def _is_safe(url: str) -> str:
    if url and not _SAFE.fullmatch(url):
        raise ValueError("should be an https URL without a slash at the end, or http on this machine")
    return url


SafeUrl = Annotated[str, AfterValidator(_is_safe)]
"""A base URL, or the empty text"""
