"""The process around a command: environment, terminal, clock and browser. Tests replace it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True)
class Clock:
    """A monotonic clock in seconds, and a function that sleeps."""

    now: Callable[[], float]
    sleep: Callable[[float], None]


def _open_page(url: str) -> bool:
    import webbrowser

    return webbrowser.open(url)


@dataclass(frozen=True)
class Runtime:
    """The environment, HTTP transport, clock, terminal and browser of a command."""

    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    transport: httpx.BaseTransport | None = None
    clock: Clock = Clock(time.monotonic, time.sleep)
    terminal: bool | None = None
    interactive: bool | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    open_page: Callable[[str], bool] = _open_page
    request_seconds: float | None = None
    """The timeout of a request in seconds; the default of the API client if None."""
