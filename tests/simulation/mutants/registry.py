"""The registry of mutants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

Patch = tuple[Any, str, Any]
MUTANTS: dict[str, Callable[[], tuple[Patch, ...]]] = {}


def mutant(make: Callable[[], tuple[Patch, ...]]) -> Callable[[], tuple[Patch, ...]]:
    """Registers a mutant under its function's name."""
    MUTANTS[make.__name__.replace("_", " ")] = make
    return make


@contextmanager
def planted(name: str) -> Iterator[None]:
    """Plants a mutant into the product for the duration of the context. Raises KeyError for an unknown name."""
    patches = [patch.object(*item) for item in MUTANTS[name]()]
    for item in patches:
        item.start()
    try:
        yield
    finally:
        for item in reversed(patches):
            item.stop()
