"""How long the parts of a start take."""

import time


class Stopwatch:
    """Wall-clock seconds by part, in the order in which the parts ended."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self.seconds: dict[str, float] = {}

    def ended(self, part: str) -> None:
        """Note that a part has ended, which began when the one before it did."""
        now = time.monotonic()
        self.seconds[part] = now - self._last
        self._last = now
