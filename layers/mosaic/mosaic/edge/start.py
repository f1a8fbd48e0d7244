"""What a function does once, before its first invocation."""

from __future__ import annotations

import os
from collections.abc import Callable


def prepare(*make: Callable[[], object]) -> None:
    """Call each of `make` while Lambda starts an environment; elsewhere nothing happens until it is needed.

    A start has more of the processor than an invocation, and what is made then is part of a snapshot. So it may open
    no connection, read no secret and draw no random number: all environments that start from the snapshot share it.
    """
    if "AWS_LAMBDA_INITIALIZATION_TYPE" in os.environ:
        for one in make:
            one()
