"""A limit on work whose extent depends on a policy. Pure.

Operations are counted, not timed, so the same policy always has the same result.
"""

from __future__ import annotations


class WorkLimitExceeded(Exception):
    """The work needs more operations than its limit."""


class WorkLimit:
    """A number of operations that several pieces of work share."""

    def __init__(self, operations: int) -> None:
        self._operations = operations
        self.counted = 0

    def count(self, operations: int = 1) -> None:
        """Counts operations. Raises WorkLimitExceeded beyond the limit."""
        self.counted += operations
        if self.counted > self._operations:
            raise WorkLimitExceeded(f"more than {self._operations} operations")
