"""Apply forge checks: update the gates of jobs from a forge's check results and pushes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from mosaic.forge.intent import CommitPushed, GateReported
from mosaic.jobs import validation
from mosaic.jobs.actors import FORGES, with_id
from mosaic.jobs.errors import CommitMismatch, IllegalTransition, StaleReport, UnknownGate, WrongReporter
from mosaic.jobs.gate_evaluation import CheckReport, ReportedStatus
from mosaic.jobs.gates import Reporter
from mosaic.jobs.model import Job
from mosaic.jobs.protected_files import PushedFiles
from mosaic.jobs.states import GateStatus
from mosaic.services.change_job import change
from mosaic.storage.jobs import Jobs

# The most jobs of a branch, and of a commit, that one check or push updates.
MAX_JOBS = 50
# The most branches of a check that are looked up.
MAX_BRANCHES = 10
BRANCH_PREFIX = "mosaic/"

# A skipped check counts as an error: it has shown nothing about the commit.
_STATUSES: dict[str, ReportedStatus] = {
    "pending": GateStatus.PENDING,
    "passed": GateStatus.PASSED,
    "failed": GateStatus.FAILED,
    "error": GateStatus.ERROR,
    "skipped": GateStatus.ERROR,
}

_REFUSED = (IllegalTransition, UnknownGate, WrongReporter, CommitMismatch, StaleReport)

NO_JOB = "no job of this repository is validated on this commit or works on its branch"


@dataclass(frozen=True)
class CheckOutcome:
    """The job that a check or push concerns, and whether it changed. Without a job, `reason` explains why."""

    job: Job | None = None
    changed: bool = False
    reason: str = NO_JOB


class ForgeChecks:
    """Applies checks and pushes. A repeated, late or reordered delivery changes nothing that is newer."""

    def __init__(self, jobs: Jobs, clock: Callable[[], datetime]) -> None:
        self._jobs = jobs
        self._clock = clock

    def report(self, workspace_id: str, reported: GateReported) -> CheckOutcome:
        """Sets the gates that this check reports, in every job that is validated on its commit. Raises StaleJob."""
        report, actor = (
            _check_report(reported),
            _actor(reported.provider, reported.reporter, reported.reporter_id),
        )
        on_branch = self._on_branches(workspace_id, reported, reported.branches)
        on_commit = self._jobs.of_commit(workspace_id, reported.commit_sha, MAX_JOBS)
        jobs = _of_repository((*on_branch, *on_commit), reported)

        def gates_of(job: Job) -> list[str]:
            return [gate.id for gate in job.gates if gate.reporter.accepts(report.check)]

        def step(job: Job, now: datetime) -> Job:
            gates = gates_of(job)
            return validation.apply_check(job, gates[0], report, now, actor) if gates else job

        with_gate = [job for job in jobs if gates_of(job)]
        if jobs and not with_gate:
            return CheckOutcome(reason=f"no gate of job {jobs[0].id} is reported by this check")
        return self._change_all(workspace_id, with_gate, step)

    def push(self, workspace_id: str, pushed: CommitPushed) -> CheckOutcome:
        """Moves the jobs that work on this branch to its newest commit. Raises StaleJob."""
        actor = _actor(pushed.provider, pushed.actor, pushed.actor_id)
        files = PushedFiles(paths=pushed.paths, unknown=pushed.unknown_paths)
        on_branch = self._on_branches(workspace_id, pushed, (pushed.branch,))
        return self._change_all(
            workspace_id,
            _of_repository(on_branch, pushed),
            lambda job, now: validation.pushed(
                job, pushed.before, pushed.after, pushed.at, now, actor, files
            ),
        )

    def _on_branches(
        self, workspace_id: str, delivered: GateReported | CommitPushed, branches: Iterable[str]
    ) -> tuple[Job, ...]:
        repositories = [name for name in (delivered.repository_id, delivered.repository) if name]
        return tuple(
            job
            for branch in tuple(branches)[:MAX_BRANCHES]
            for job in self._on_branch(workspace_id, repositories, branch)
        )

    def _on_branch(self, workspace_id: str, repositories: Iterable[str], branch: str) -> Iterator[Job]:
        """Yields the job whose own branch this is, and the RUNNING jobs that were requested for it."""
        job_id = branch.removeprefix(BRANCH_PREFIX)
        own = self._jobs.get(workspace_id, job_id) if branch.startswith(BRANCH_PREFIX) and job_id else None
        if own and own.push_branch == branch:
            yield own
        for repository in repositories:
            yield from self._jobs.on_branch(workspace_id, repository, branch, MAX_JOBS)

    def _change_all(
        self, workspace_id: str, jobs: list[Job], step: Callable[[Job, datetime], Job]
    ) -> CheckOutcome:
        """Changes each job; returns the outcome of a changed job if there is one."""
        now, outcomes = self._clock(), [CheckOutcome()]
        for job in jobs:
            try:
                known, changed = change(self._jobs, workspace_id, job.id, lambda known: step(known, now))
                outcomes.append(CheckOutcome(known, changed))
            except _REFUSED as refusal:
                outcomes.append(CheckOutcome(reason=str(refusal)))
        return max(
            outcomes,
            key=lambda outcome: (outcome.changed, outcome.job is not None, outcome.reason != NO_JOB),
        )


def _of_repository(jobs: Iterable[Job], delivered: GateReported | CommitPushed) -> list[Job]:
    """Returns each job of the delivery's repository once, without jobs that come from another forge."""
    others = FORGES - {delivered.provider}
    return [
        job
        for job in {job.id: job for job in jobs}.values()
        if _is_of_repository(job, delivered) and job.source.kind not in others
    ]


def _is_of_repository(job: Job, delivered: GateReported | CommitPushed) -> bool:
    """By the forge's ids if both are known: another repository may have the name now."""
    if job.repository_id is not None and delivered.repository_id is not None:
        return job.repository_id == delivered.repository_id
    return (job.repository or "").lower() == delivered.repository.lower()


def _actor(provider: str, login: str, account_id: int | None) -> str:
    return with_id(f"{provider}:{login}", account_id)


def _reporter(reported: GateReported) -> str:
    """The app of a check run; the login of a status, with the id of its account if the forge sends it."""
    if reported.check == "check_run" or reported.reporter_id is None:
        return reported.reporter
    return f"{reported.reporter}#{reported.reporter_id}"


def _check_report(reported: GateReported) -> CheckReport:
    return CheckReport(
        check=Reporter.model_validate(
            {
                "kind": reported.check,
                "provider": reported.provider,
                "context": reported.context,
                "by": (_reporter(reported),),
            }
        ),
        status=_STATUSES[reported.status],
        commit_sha=reported.commit_sha,
        version=reported.version,
        at=reported.at,
        url=reported.url,
        details=reported.description or ("skipped" if reported.status == "skipped" else None),
        numbers=dict(reported.numbers),
    )
