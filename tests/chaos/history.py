"""The history of requests and their responses."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

ReportedGate = tuple[str, int, str, str]
"""A gate that the CI reported as passed: job, attempt, gate, commit."""
PushedCommit = tuple[str, str]
"""A commit that was pushed to a job's branch: job, commit."""


@dataclass
class History:
    """The accepted jobs by the number of their request, the reported gates, the pushed commits, and counts
    of actions. Thread-safe.

    `refused` describes refused requests that should have been accepted.
    """

    jobs: dict[int, set[str]] = field(default_factory=dict)
    passed: set[ReportedGate] = field(default_factory=set)
    pushed: set[PushedCommit] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def job_accepted(self, number: int, job_id: str) -> None:
        """Adds a job that was answered 2xx."""
        with self._lock:
            job_ids = self.jobs.setdefault(number, set())
            self.counts["repeated"] += bool(job_ids)
            job_ids.add(job_id)

    def gate_reported(self, gate: ReportedGate) -> None:
        """Adds a gate that the CI reports as passed, before the request, since the response may be lost."""
        with self._lock:
            self.passed.add(gate)

    def commit_pushed(self, commit: PushedCommit) -> None:
        """Adds a commit that the forge says was pushed, before the delivery, since the response may be lost."""
        with self._lock:
            self.pushed.add(commit)

    def count(self, action: str) -> None:
        """Counts an action."""
        with self._lock:
            self.counts[action] += 1

    def request_refused(self, description: str) -> None:
        """Adds a request that was refused and should have been accepted."""
        with self._lock:
            self.refused.append(description)

    @property
    def ids(self) -> list[str]:
        """The ids of all accepted jobs."""
        with self._lock:
            return sorted({job_id for job_ids in self.jobs.values() for job_id in job_ids})
