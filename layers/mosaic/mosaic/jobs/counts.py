"""How many jobs a workspace has, by status and by who has to act. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mosaic.jobs.states import JobStatus

# Where counting stops: a number costs the same however many jobs there are.
MAX_COUNTED = 1000


@dataclass(frozen=True)
class JobCounts:
    """Numbers of jobs, each counted up to MAX_COUNTED.

    `by_status` has every status, `approval` the jobs that wait for an approval, `gates` those that wait for reports of
    their gates. `estimated` names those of the two (`admin`, `reporter`) that were counted among the first MAX_COUNTED
    jobs only.
    """

    by_status: Mapping[JobStatus, int]
    approval: int
    gates: int
    estimated: frozenset[str] = frozenset()

    @property
    def by_who(self) -> dict[str, int]:
        """How many jobs wait for whom; `nobody` for those that are over."""
        status = self.by_status
        waiting = status[JobStatus.QUEUED] + status[JobStatus.PENDING]
        return {
            "admin": self.approval,
            "reporter": self.gates,
            # Three indexes answer, each a moment behind the jobs: the difference may be off by one of that moment.
            "agent": max(status[JobStatus.RUNNING] - self.gates, 0),
            "mosaic": max(waiting - self.approval, 0),
            "member": status[JobStatus.FAILED],
            "nobody": status[JobStatus.COMPLETED] + status[JobStatus.CANCELLED],
        }

    @property
    def capped(self) -> tuple[str, ...]:
        """The names of the numbers that are not exact: counting stopped, of them or of what they are made of."""
        full = {status for status in JobStatus if self.by_status[status] >= MAX_COUNTED}
        admin = self.approval >= MAX_COUNTED or "admin" in self.estimated
        reporter = self.gates >= MAX_COUNTED or "reporter" in self.estimated
        inexact_by_name = {
            "admin": admin,
            "reporter": reporter,
            "agent": JobStatus.RUNNING in full or reporter,
            "mosaic": full & {JobStatus.QUEUED, JobStatus.PENDING} or admin,
            "member": JobStatus.FAILED in full,
            "nobody": full & {JobStatus.COMPLETED, JobStatus.CANCELLED},
        }
        return (*sorted(full), *(name for name, inexact in inexact_by_name.items() if inexact))
