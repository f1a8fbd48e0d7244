"""Checks: what a forge says of commits and of checks on them reaches the jobs that are judged by them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from mosaic.forge.intent import CommitPushed, GateReported
from mosaic.jobs import validation
from mosaic.jobs.errors import CommitMismatch, IllegalTransition, StaleReport, UnknownGate, WrongReporter
from mosaic.jobs.gate_evaluation import CheckReport, ReportedStatus
from mosaic.jobs.gates import Reporter
from mosaic.jobs.model import Job
from mosaic.jobs.states import GateStatus
from mosaic.services.change_job import change
from mosaic.storage.jobs import Jobs

# More jobs than these are not judged by one commit.
MOST_JOBS = 10
BRANCH = "mosaic/"

# A check that was skipped has proven nothing, as one that could not run.
_FOUND: dict[str, ReportedStatus] = {
    "pending": GateStatus.PENDING,
    "passed": GateStatus.PASSED,
    "failed": GateStatus.FAILED,
    "error": GateStatus.ERROR,
    "skipped": GateStatus.ERROR,
}

_REFUSED = (IllegalTransition, UnknownGate, WrongReporter, CommitMismatch, StaleReport)

NO_JOB = "no job of this repository is judged by this commit, or works on its branch"


@dataclass(frozen=True)
class Outcome:
    """A job that was meant and whether it was changed, or why none was."""

    job: Job | None = None
    changed: bool = False
    why: str = NO_JOB


class ForgeChecks:
    """Takes the checks and pushes of forges. What comes twice, late or out of order changes nothing that is newer."""

    def __init__(self, jobs: Jobs, clock: Callable[[], datetime]) -> None:
        self._jobs = jobs
        self._clock = clock

    def report(self, workspace_id: str, said: GateReported) -> Outcome:
        """Have the gates that this check reports, in every job that it is about, stand as it says. Raises StaleJob."""
        report, actor = _report(said), f"{said.provider}:{said.reporter}"
        named = self._on_branches(workspace_id, said.branches)
        judged = self._jobs.of_commit(workspace_id, said.commit_sha, MOST_JOBS)
        meant = _meant((*named, *judged), said.provider, said.repository)

        def step(job: Job, now: datetime) -> Job:
            fed = [gate.id for gate in job.gates if gate.reporter.accepts(report.check)]
            return validation.apply_check(job, fed[0], report, now, actor) if fed else job

        fed = [job for job in meant if any(gate.reporter.accepts(report.check) for gate in job.gates)]
        if meant and not fed:
            return Outcome(why=f"no gate of job {meant[0].id} is fed by this check")
        return self._do(workspace_id, fed, step)

    def push(self, workspace_id: str, said: CommitPushed) -> Outcome:
        """Have the jobs that work on this branch judged by its newest commit. Raises StaleJob."""
        actor = f"{said.provider}:{said.actor}"
        named = self._on_branches(workspace_id, (said.branch,))
        judged = self._jobs.of_commit(workspace_id, said.before, MOST_JOBS)
        jobs = (job for job in (*named, *judged) if job.push_branch == said.branch)
        meant = _meant(jobs, said.provider, said.repository)
        return self._do(
            workspace_id,
            meant,
            lambda job, now: validation.pushed(job, said.before, said.after, said.at, now, actor),
        )

    def _on_branches(self, workspace_id: str, branches: Iterable[str]) -> tuple[Job, ...]:
        ids = (name.removeprefix(BRANCH) for name in branches if name.startswith(BRANCH))
        found = (self._jobs.get(workspace_id, job_id) for job_id in tuple(ids)[:MOST_JOBS] if job_id)
        return tuple(job for job in found if job and job.push_branch in branches)

    def _do(self, workspace_id: str, jobs: list[Job], step: Callable[[Job, datetime], Job]) -> Outcome:
        """Change each job; one that was changed stands for all."""
        now, outcomes = self._clock(), [Outcome()]
        for job in jobs:
            try:
                known, changed = change(self._jobs, workspace_id, job.id, lambda known: step(known, now))
                outcomes.append(Outcome(known, changed))
            except _REFUSED as refusal:
                outcomes.append(Outcome(why=str(refusal)))
        return max(outcomes, key=lambda one: (one.changed, one.job is not None, one.why != NO_JOB))


def _meant(jobs: Iterable[Job], provider: str, repository: str) -> list[Job]:
    """Each job once that is about the repository and does not come from another forge."""
    others = {"github", "gitea"} - {provider}
    return [
        job
        for job in {job.id: job for job in jobs}.values()
        if (job.repository or "").lower() == repository.lower() and job.source.kind not in others
    ]


def _report(said: GateReported) -> CheckReport:
    return CheckReport(
        check=Reporter.model_validate(
            {"kind": said.check, "provider": said.provider, "context": said.context, "by": (said.reporter,)}
        ),
        status=_FOUND[said.status],
        commit_sha=said.commit_sha,
        order=said.order,
        at=said.at,
        url=said.url,
        details=said.description or ("skipped" if said.status == "skipped" else None),
        numbers=dict(said.numbers),
    )
