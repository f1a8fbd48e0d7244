"""Gates that Mosaic itself reports: no push to the job's branch changes certain files. Pure.

Such a gate fails for good when a push changes one of the files, or does not say what it changes. It passes when
the pushes, one upon the other, lead from the beginning of the branch to the job's commit.
"""

from __future__ import annotations

from collections.abc import Iterable

from mosaic.base import Value
from mosaic.jobs.gate_evaluation import GateReport, ReportedStatus, reported
from mosaic.jobs.gates import Gate, PushRecord, Reporter
from mosaic.jobs.model import Job
from mosaic.jobs.states import GateStatus

ACTOR = "mosaic"
DEFAULT_PATHS = (
    ".github/workflows/**",
    ".github/actions/**",
    ".gitea/workflows/**",
    ".forgejo/workflows/**",
    ".gitlab-ci.yml",
    ".woodpecker/**",
    ".woodpecker.yml",
    ".woodpecker.yaml",
    ".drone.yml",
    ".circleci/**",
    "Jenkinsfile",
    "azure-pipelines.yml",
)
"""The files that define what a CI runs."""

MAX_PUSHES = 30
# The changed files that are kept of a push, for each gate, and their longest name.
MAX_FILES = 3
MAX_FILE_CHARACTERS = 200
TOO_MANY = f"there were more than {MAX_PUSHES} pushes"


class PushedFiles(Value):
    """The files that a push changes. `unknown` says why they are unknown."""

    paths: tuple[str, ...] = ()
    unknown: str | None = None


NO_FILES = PushedFiles(unknown="the push was not read")


def is_protected(path: str, patterns: Iterable[str]) -> bool:
    """True if the path is one of the files, or in a folder that ends with `/**`."""
    return any(
        path.startswith(pattern[:-2]) if pattern.endswith("/**") else path == pattern for pattern in patterns
    )


def recorded(job: Job, before: str, after: str, files: PushedFiles) -> Job:
    """Returns the job with the push recorded, if one of its gates needs it. Not yet a new version."""
    gates = [gate for gate in job.gates if gate.reporter.kind == "mosaic"]
    known = {(push.before, push.after) for push in job.push_records}
    if not gates or (before, after) in known or before == after:
        return job
    if len(job.push_records) >= MAX_PUSHES:
        *others, last = job.push_records
        full = (*others, last.model_copy(update={"unknown": last.unknown or TOO_MANY}))
        return job if full == job.push_records else job.evolve(push_records=full)
    touched = dict.fromkeys(path for gate in gates for path in _touched(gate, files.paths)[:MAX_FILES])
    push = PushRecord(before=before, after=after, files=tuple(touched), unknown=files.unknown)
    return job.evolve(push_records=(*job.push_records, push))


def with_reports(job: Job) -> Job:
    """Returns the job with its gates of this kind evaluated on its commit. Not yet a new version."""
    gates = tuple(_reported(job, gate) if gate.reporter.kind == "mosaic" else gate for gate in job.gates)
    return job if gates == job.gates else job.evolve(gates=gates)


def _reported(job: Job, gate: Gate) -> Gate:
    status, details = _evaluated(job, gate)
    if job.commit_sha is None or status is GateStatus.PENDING:
        return gate
    report = GateReport(
        gate_id=gate.id,
        status=status,
        commit_sha=job.commit_sha,
        details=details,
        reporter=Reporter(kind="mosaic"),
    )
    return reported(gate, report, ACTOR)


def _evaluated(job: Job, gate: Gate) -> tuple[ReportedStatus, str]:
    for push in job.push_records:
        if touched := _touched(gate, push.files):
            return GateStatus.FAILED, f"the push of {push.after[:12]} changes {', '.join(touched)}"
        if push.unknown:
            return (
                GateStatus.FAILED,
                f"the files of the push of {push.after[:12]} are unknown: {push.unknown}",
            )
    beginnings = [push for push in job.push_records if not push.before.strip("0")]
    if len(beginnings) > 1:
        return GateStatus.FAILED, "the files that the branch changes are unknown: it was made anew"
    if _is_complete(job, began=bool(beginnings)):
        return GateStatus.PASSED, ""
    return GateStatus.PENDING, ""


def _is_complete(job: Job, *, began: bool) -> bool:
    """True if pushes lead to the job's commit from the beginning of its branch.

    A branch that the request named may be older than the job. Then they begin with any push.
    """
    upon = {push.after: push.before for push in job.push_records}
    at = job.commit_sha or ""
    if at not in upon:
        return False
    while at in upon:
        at = upon.pop(at)
    return not at.strip("0") or (not began and job.push_branch != f"mosaic/{job.id}")


def _touched(gate: Gate, paths: Iterable[str]) -> list[str]:
    patterns = gate.reporter.paths or DEFAULT_PATHS
    return [path[:MAX_FILE_CHARACTERS] for path in paths if is_protected(path, patterns)]
