"""What was asked for and promised, as those know it who asked."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

Told = tuple[str, int, str, str]
"""A gate that a CI has reported as passed: job, attempt, gate, commit."""


@dataclass
class Ledger:
    """The jobs that were answered 2xx by the number of their request, and what else was asked; safe between threads.

    `counted` says how often what was done; `refused` is what was refused and should not have been.
    """

    jobs: dict[int, set[str]] = field(default_factory=dict)
    passed: set[Told] = field(default_factory=set)
    counted: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def promised(self, number: int, job_id: str) -> None:
        """Somebody was told that this job is taken in."""
        with self._lock:
            known = self.jobs.setdefault(number, set())
            self.counted["repeated"] += bool(known)
            known.add(job_id)

    def reported(self, told: Told) -> None:
        """A CI says that a gate has passed; noted before it is sent, since an answer may be lost."""
        with self._lock:
            self.passed.add(told)

    def count(self, what: str) -> None:
        """It was done once more."""
        with self._lock:
            self.counted[what] += 1

    def turned_down(self, what: str) -> None:
        """An answer was one that nobody should get."""
        with self._lock:
            self.refused.append(what)

    @property
    def ids(self) -> list[str]:
        """Every job that was promised."""
        with self._lock:
            return sorted({job_id for known in self.jobs.values() for job_id in known})
