"""Numbers of jobs in a workspace, by status and by the actor that has to act next. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mosaic.jobs.states import JobStatus

# Counting stops here, so that the cost does not grow with the number of jobs.
MAX_COUNTED = 1000


@dataclass(frozen=True)
class JobCounts:
    """Numbers of jobs, each counted up to MAX_COUNTED.

    `by_status` has every status. `approval` counts jobs that wait for approval, `gates` jobs that wait for
    gate reports. `estimated` names those two (`admin`, `reporter`) if they were counted among the first
    MAX_COUNTED jobs only.
    """

    by_status: Mapping[JobStatus, int]
    approval: int
    gates: int
    estimated: frozenset[str] = frozenset()

    @property
    def by_who(self) -> dict[str, int]:
        """The number of jobs by the actor that has to act next; `nobody` counts the completed and cancelled
        jobs.
        """
        status = self.by_status
        waiting = status[JobStatus.QUEUED] + status[JobStatus.PENDING]
        return {
            "admin": self.approval,
            "reporter": self.gates,
            # The three indexes lag behind the jobs, so the difference may be off for a moment.
            "agent": max(status[JobStatus.RUNNING] - self.gates, 0),
            "mosaic": max(waiting - self.approval, 0),
            "member": status[JobStatus.FAILED],
            "nobody": status[JobStatus.COMPLETED] + status[JobStatus.CANCELLED],
        }

    @property
    def capped(self) -> tuple[str, ...]:
        """The names of the inexact numbers: counting stopped at MAX_COUNTED for them or for a number they
        derive from.
        """
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
