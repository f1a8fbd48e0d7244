"""Initialization of a function, before its first invocation."""

from __future__ import annotations

import os
from collections.abc import Callable


def prepare(*factories: Callable[[], object]) -> None:
    """Calls the factories while Lambda starts an environment; elsewhere it does nothing.

    The start has more CPU than an invocation, and its results become part of a SnapStart snapshot. All
    environments from the snapshot share them, so a factory may not open connections, read secrets or draw
    random numbers.
    """
    if "AWS_LAMBDA_INITIALIZATION_TYPE" in os.environ:
        for factory in factories:
            factory()
