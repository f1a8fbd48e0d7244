"""Checks the gates of completed jobs: reports, roles, and commits."""

from __future__ import annotations

from collections.abc import Iterator

from mosaic.jobs.fire_and_forget import is_fire_and_forget
from mosaic.jobs.gates import Gate
from mosaic.jobs.states import GateStatus, JobStatus
from tests.simulation.checkers.history import DeliveredCheck, ObservedJob

# The longest time that an index is behind, and a function's answer after its write.
LAG = 15.0
REPORTER_ROLES = frozenset({"reporter", "admin"})


def completed_jobs_passed_their_gates(observed: ObservedJob) -> Iterator[str]:
    """5. Each mandatory gate of a COMPLETED job passed on the job's commit, or an admin overrode it."""
    job = observed.now
    if job.status is not JobStatus.COMPLETED:
        return
    mandatory = [gate for gate in job.gates if gate.mandatory]
    if job.quality is None or {gate.id for gate in mandatory} != set(job.quality.gates):
        yield "its gates differ from the decision of the quality rails"
    if not mandatory and is_fire_and_forget(job) and job.attempt not in observed.self_reported:
        yield "its fire-and-forget run has not reported that it is done"
    positions = observed.acknowledged_pushes.get(job.attempt)
    if positions and job.commit_sha not in observed.pushed_commits[max(positions) :]:
        yield f"COMPLETED on {job.commit_sha}, though a newer commit was acknowledged"
    for gate in mandatory:
        if not _has_passed(observed, gate):
            yield f"COMPLETED, and gate {gate.id} is {gate.status} without a matching report"


def commits_are_pushed(observed: ObservedJob) -> Iterator[str]:
    """5. Where the workspace requires a push, only a commit that a push to the job's branch named is its commit.

    A commit of a fork never is, whatever the fork's branch is called.
    """
    job = observed.now
    if job.commit_sha in observed.fork_commits:
        yield f"its commit {job.commit_sha} is one of a fork"
    if job.commit_sha and job.requires_push and job.commit_sha not in observed.branch_commits:
        yield f"no push to {job.push_branch} named its commit {job.commit_sha}"
    named = job.result.commit_sha if job.result else None
    is_open = job.status is JobStatus.COMPLETED and job.requires_push and named is not None
    mandatory = [gate for gate in job.gates if gate.mandatory and gate.status is not GateStatus.FORCED]
    if is_open and mandatory and named not in observed.branch_commits:
        yield f"COMPLETED, and no push named {named}, the run's commit"


def delivered_results_count(observed: ObservedJob) -> Iterator[str]:
    """5. No job fails for the lack of a push or of a result that was delivered in time."""
    job, code = observed.now, observed.now.error.code if observed.now.error else None
    if code == "commit_not_pushed" and not (job.result and job.result.commit_sha):
        for sha, at in observed.delivered_pushes.items():
            if at > observed.running_since + LAG:
                yield f"it failed with {code}, and the push of {sha} was delivered"
    if code == "gate_timeout" and job.commit_sha:
        for gate in job.gates:
            newest = _newest_result(observed, gate, job.commit_sha)
            if gate.mandatory and gate.is_open and newest and newest.state == "success":
                yield f"it failed with {code}, and the success of {gate.id} was delivered"


def _newest_result(observed: ObservedJob, gate: Gate, sha: str) -> DeliveredCheck | None:
    """Returns the newest result of a forge's check on a commit of this attempt alone; None if it came too early
    to be matched with the commit.
    """
    job = observed.now
    was_used_before = any(old.attempt < job.attempt and old.commit_sha == sha for old in observed.versions)
    results = observed.delivered_checks.get((gate.id, sha), ())
    newest = max(results, key=lambda result: result.sequence, default=None)
    return newest if newest and not was_used_before and newest.at > observed.commit_since + LAG else None


def _has_passed(observed: ObservedJob, gate: Gate) -> bool:
    if gate.status is GateStatus.FORCED:
        return any(
            (report.gate, report.status, report.role) == (gate.id, "forced", "admin")
            for report in observed.gate_reports
        )
    if gate.status is not GateStatus.PASSED or gate.commit_sha != observed.now.commit_sha:
        return False
    return (
        _passed_by_forge_check(observed, gate)
        if gate.reporter.provider
        else _passed_by_report(observed, gate)
    )


def _passed_by_report(observed: ObservedJob, gate: Gate) -> bool:
    return any(
        (report.gate, report.status, report.commit) == (gate.id, "passed", observed.now.commit_sha)
        and report.role in REPORTER_ROLES
        for report in observed.gate_reports
    )


def _passed_by_forge_check(observed: ObservedJob, gate: Gate) -> bool:
    """Returns whether the gate's check passed on the job's commit in this attempt, and no newer result was
    acknowledged.
    """
    job, check = observed.now, observed.checks.get(gate.url or "")
    if check is None or (check.gate, check.commit, check.state) != (gate.id, job.commit_sha, "success"):
        return False
    was_checked_before = any(
        old.attempt < job.attempt and old.commit_sha == check.commit for old in observed.versions
    )
    acknowledged = observed.acknowledged_checks.get((job.attempt, gate.id, check.commit), {check.sequence})
    return check.sequence >= max(acknowledged) and not (
        was_checked_before and job.started_at and check.at < job.started_at
    )
