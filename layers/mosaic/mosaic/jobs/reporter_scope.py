"""The limits of a reporter: its gates, the repositories of its jobs, and the commit of a CI's token. Pure."""

from __future__ import annotations

from mosaic.base import Value
from mosaic.jobs.errors import ReportForbidden
from mosaic.jobs.gate_evaluation import GateReport
from mosaic.jobs.model import Job

ANY_REPOSITORY = "*"


class CiIdentity(Value):
    """The workflow of a CI that reports with its own OIDC token, and the repository and commit it ran for."""

    job_workflow_ref: str
    repository_id: str
    commit_sha: str


class ReporterScope(Value):
    """The gates that a reporter may report, and the repositories whose jobs it may report on.

    Empty `gates` are all gates. Empty `repositories` are none; ANY_REPOSITORY is each repository, and jobs
    without one. With `ci`, only reports on the commit of the CI's token are covered.
    """

    gates: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()
    ci: CiIdentity | None = None

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
                f"the job is {ours}; this token may report on jobs of {theirs}: "
                "create a token for the job's repository"
            )
        if self.ci:
            _check_ci(self.ci, job, report)


def _check_ci(ci: CiIdentity, job: Job, report: GateReport) -> None:
    if report.commit_sha != ci.commit_sha:
        raise ReportForbidden(
            f"the report is on commit {report.commit_sha}; this token may report on {ci.commit_sha} only, "
            "the commit that its workflow ran for"
        )
    known = (job.repository_id or "").partition(":")[2]
    if known and known != ci.repository_id:
        raise ReportForbidden(f"the job is of another repository named {job.repository}, with the id {known}")
