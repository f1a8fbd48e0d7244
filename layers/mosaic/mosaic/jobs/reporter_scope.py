"""The limits of a reporter: its gates, and the repositories of its jobs. Pure."""

from __future__ import annotations

from mosaic.base import Value
from mosaic.jobs.errors import ReportForbidden
from mosaic.jobs.gate_evaluation import GateReport
from mosaic.jobs.model import Job

ANY_REPOSITORY = "*"


class ReporterScope(Value):
    """The gates that a reporter may report, and the repositories whose jobs it may report on.

    Empty `gates` are all gates. Empty `repositories` are none; ANY_REPOSITORY is each repository, and jobs
    without one.
    """

    gates: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()

    def covers_gate(self, gate_id: str) -> bool:
        """True if the reporter may report this gate."""
        return not self.gates or gate_id in self.gates

    def covers_repository(self, repository: str | None) -> bool:
        """True if the reporter may report on jobs of this repository. Names ignore case."""
        names = {name.lower() for name in self.repositories}
        return ANY_REPOSITORY in names or (repository is not None and repository.lower() in names)

    def check(self, job: Job, report: GateReport) -> None:
        """Raises ReportForbidden unless the reporter may make this report on the job."""
        if not self.covers_gate(report.gate_id):
            raise ReportForbidden(f"this token may only report the gates {', '.join(self.gates)}")
        if not self.covers_repository(job.repository):
            theirs = ", ".join(self.repositories) or "no repository"
            ours = f"of {job.repository}" if job.repository else "without a repository"
            raise ReportForbidden(
                f"the job is {ours}; this token may report on jobs of {theirs}: create a token for the job's repository"
            )
