"""Where planted bugs are known by their names, and planted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

Patch = tuple[Any, str, Any]
MUTANTS: dict[str, Callable[[], tuple[Patch, ...]]] = {}


def mutant(make: Callable[[], tuple[Patch, ...]]) -> Callable[[], tuple[Patch, ...]]:
    """Register a planted bug under its function's name."""
    MUTANTS[make.__name__.replace("_", " ")] = make
    return make


@contextmanager
def planted(name: str) -> Iterator[None]:
    """The product with this bug in it; raises KeyError for one that there is not."""
    patches = [patch.object(*one) for one in MUTANTS[name]()]
    for one in patches:
        one.start()
    try:
        yield
    finally:
        for one in reversed(patches):
            one.stop()
