"""Measures the parts of a start."""

import time


class Stopwatch:
    """Wall-clock seconds by part, in the order in which the parts ended."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self.seconds: dict[str, float] = {}

    def ended(self, part: str) -> None:
        """Records the end of a part, which began at the end of the previous one."""
        now = time.monotonic()
        self.seconds[part] = now - self._last
        self._last = now
