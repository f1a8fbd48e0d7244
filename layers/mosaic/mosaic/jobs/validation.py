"""Validation of a job by its gates: reports, evaluation, expiry. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from mosaic.jobs import commits, gate_steps, lifecycle, protected_files, steps
from mosaic.jobs.errors import (
    CommitMismatch,
    IllegalTransition,
    StaleAttempt,
    StaleReport,
    UnknownGate,
    WrongReporter,
)
from mosaic.jobs.failures import failed
from mosaic.jobs.gate_evaluation import CheckReport, GateReport, reported
from mosaic.jobs.gates import PASSING, Gate
from mosaic.jobs.limits import MAX_OTHER_COMMIT_GATES
from mosaic.jobs.model import Job
from mosaic.jobs.protected_files import NO_FILES, PushedFiles
from mosaic.jobs.states import GateStatus, JobStatus, Phase, StepStatus
from mosaic.jobs.value_objects import JobError

OTHER_COMMIT = "the check is for another commit: kept in case the job moves to it"
UNPUSHED_COMMIT = "the report is for a commit that no push has named yet: kept in case a push names it"


def apply_report(job: Job, report: GateReport, now: datetime, actor: str) -> Job:
    """Returns the job with a gate report from an API token, evaluated at once if the run has ended.

    A repeated report changes nothing, also after it has ended the job. A report on an overridden gate changes
    nothing. The first report sets the job's commit if it is unknown; it is kept for a push that names its
    commit if the job requires one. Raises StaleAttempt, UnknownGate, and
    WrongReporter if the gate has another reporter. Raises IllegalTransition unless the job is RUNNING. Raises
    CommitMismatch for another commit, unless the report replaces the job's commit.
    """
    if report.attempt not in (None, job.attempt):
        raise StaleAttempt(report.attempt or 0, job.attempt)
    known = next((gate for gate in job.gates if gate.id == report.gate_id), None)
    if known and not known.reporter.accepts(report.reporter):
        raise WrongReporter(known.id, str(known.reporter))
    if known and known.status is not GateStatus.FORCED and reported(known, report, actor) == known:
        return job
    gate = _open_to(job, report.gate_id)
    _check_commit(job, report, report.commit_sha)
    if report.commit_sha != job.commit_sha and not commits.may_name(job, report.commit_sha):
        kept = _keep_for_other_commit(
            job, gate, report.commit_sha, lambda known: reported(known, report, actor)
        )
        return job if kept is job else lifecycle.change(kept, now, actor, UNPUSHED_COMMIT)
    bound = commits.with_commit(job, report.commit_sha, "token")
    before = gate_of(bound, report.gate_id)
    after = reported(before, report, actor)
    return job if after == before and bound is job else _with_gate(bound, after, now, actor)


def _open_to(job: Job, gate_id: str) -> Gate:
    if job.status is not JobStatus.RUNNING:
        raise IllegalTransition("given a gate report", job.status.value)
    return gate_of(job, gate_id)


def gate_of(job: Job, gate_id: str) -> Gate:
    """Returns the job's gate. Raises UnknownGate."""
    for gate in job.gates:
        if gate.id == gate_id:
            return gate
    raise UnknownGate(gate_id, tuple(gate.id for gate in job.gates))


def _check_commit(job: Job, report: GateReport, sha: str) -> None:
    """Raises CommitMismatch unless the report is on the job's commit, its first one, or one that replaces it.

    While the run goes on, a commit of an earlier attempt is refused, since the report may be on that attempt.
    """
    if sha == job.commit_sha:
        return
    early = job.phase is not Phase.VALIDATION and report.attempt is None
    superseded = commits.is_superseded(job, sha, None if early else job.attempt)
    if superseded or job.commit_sha not in (None, report.replaces):
        raise CommitMismatch(sha, job.commit_sha)


def apply_check(job: Job, gate_id: str, report: CheckReport, now: datetime, actor: str) -> Job:
    """Returns the job with a forge's check applied to one of its gates. The check sets the commit if it is
    unknown and the job requires no push.

    A check of another commit is kept in case the job moves to that commit. Raises UnknownGate and
    WrongReporter. Raises IllegalTransition unless the job is RUNNING. Raises CommitMismatch for a superseded
    commit. Raises StaleReport if a newer check is known, or the check is older than the attempt.
    """
    gate, sha = _open_to(job, gate_id), report.commit_sha
    if not gate.reporter.accepts(report.check):
        raise WrongReporter(gate.id, str(gate.reporter))
    earlier = commits.is_of_earlier_attempt(job, sha)
    if earlier and report.is_before(job.started_at):
        raise StaleReport("the check is not known to be for this attempt")
    if sha != job.commit_sha and commits.is_superseded(job, sha, job.attempt):
        raise CommitMismatch(sha, job.commit_sha)
    is_other = earlier or job.commit_sha is not None or not commits.may_name(job, sha)
    if sha != job.commit_sha and is_other:
        kept = _keep_for_other_commit(job, gate, sha, lambda known: _evaluate_check(known, report, actor))
        return job if kept is job else lifecycle.change(kept, now, actor, OTHER_COMMIT)
    bound = commits.with_commit(job, sha, "check")
    before = gate_of(bound, gate_id)
    after = _evaluate_check(before, report, actor)
    return job if after == before and bound is job else _with_gate(bound, after, now, actor)


def _evaluate_check(gate: Gate, report: CheckReport, actor: str) -> Gate:
    if gate.forge_version and report.version.is_older_than(gate.forge_version):
        raise StaleReport("the forge has reported a newer result of this check")
    return reported(gate, report.of(gate), actor, report.version)


def _keep_for_other_commit(job: Job, gate: Gate, sha: str, evaluated: Callable[[Gate], Gate]) -> Job:
    key = (gate.id, sha)
    known = next(
        (other for other in job.other_commit_gates if (other.id, other.commit_sha) == key), Gate(id=gate.id)
    )
    others = (other for other in job.other_commit_gates if (other.id, other.commit_sha) != key)
    kept = commits.report_of(evaluated(commits.with_report(gate, known)))
    if kept == known:
        return job
    return job.evolve(other_commit_gates=(*others, kept)[-MAX_OTHER_COMMIT_GATES:])


def _with_gate(job: Job, gate: Gate, now: datetime, actor: str) -> Job:
    """Returns the next version of a RUNNING job with this gate replaced."""
    gates = tuple(gate if known.id == gate.id else known for known in job.gates)
    return revalidated(gate_steps.with_gate_step(job.evolve(gates=gates), gate, now), now, actor)


def revalidated(job: Job, now: datetime, actor: str) -> Job:
    """Returns the next version of a RUNNING job after a change of gates or commit; evaluated if the run has
    ended.
    """
    kept = gate_steps.sync_gate_steps(protected_files.with_reports(job), now)
    return evaluate(kept, now, actor) if job.phase is Phase.VALIDATION else lifecycle.change(kept, now, actor)


def pushed(
    job: Job,
    before: str,
    after: str,
    at: datetime | None,
    now: datetime,
    actor: str,
    files: PushedFiles = NO_FILES,
) -> Job:
    """Returns the job after a push moved its branch. `at` is the forge's time of the push, if known. `files` are
    those that the push changed.

    A push does not change an ended attempt.
    """
    if job.status is not JobStatus.RUNNING:
        return job
    moved = commits.pushed(protected_files.recorded(job, before, after, files), before, after, at)
    return job if moved is job else revalidated(moved, now, actor)


def start_validation(job: Job, now: datetime) -> Job:
    """Returns the job in phase VALIDATION after its run ended. `evaluate` sets the gates' deadlines. Not yet
    a new version.
    """
    reported_job = protected_files.with_reports(job.evolve(phase=Phase.VALIDATION))
    return gate_steps.sync_gate_steps(reported_job, now)


def evaluate(job: Job, now: datetime, actor: str) -> Job:
    """Returns the next version of a job whose run has ended.

    The job is COMPLETED if every mandatory gate is passed or overridden, FAILED if one failed, else it keeps
    waiting. So "completed" and "all mandatory gates passed" are one version and one write. Gates are not
    evaluated while a push has to name the commit, unless an admin overrode all mandatory ones.
    """
    if gates_await_push(job):
        return lifecycle.change(waiting(job, now), now, actor)
    failed_gates = blocking_gates(job, GateStatus.FAILED)
    if failed_gates:
        return lifecycle.fail(job, failed("gate_failed", gates=", ".join(failed_gates)), now, actor)
    if not blocking_gates(job):
        ended = steps.end_running(job.steps, StepStatus.SKIPPED, now)
        return lifecycle.complete(job, now, actor, steps=ended)
    return lifecycle.change(waiting(job, now), now, actor)


def gates_await_push(job: Job) -> bool:
    """True if the gates cannot be evaluated before a push names the commit, and not all are overridden."""
    overridden = all(gate.status is GateStatus.FORCED for gate in job.gates if gate.mandatory)
    return job.awaits_push and not overridden


def blocking_gates(job: Job, status: GateStatus | None = None) -> tuple[str, ...]:
    """Returns the mandatory gates that are not passed or overridden; only those of `status` if it is given."""
    return tuple(
        gate.id
        for gate in job.gates
        if gate.mandatory and gate.status not in PASSING and status in (None, gate.status)
    )


def waiting(job: Job, now: datetime) -> Job:
    """Returns the job in VALIDATION with deadlines for its open gates, due at the first mandatory deadline.

    A gate's time begins when the run ends, or when the gate is open again. While a push has to name the
    commit, every gate has a deadline. Not yet a new version.
    """
    gates = tuple(_timed(job, gate, now) for gate in job.gates)
    until = min(gate.expires_at for gate in gates if gate.mandatory and gate.expires_at)
    return job.evolve(gates=gates, expires_at=until, due_at=until)


def _timed(job: Job, gate: Gate, now: datetime) -> Gate:
    usual = job.quality.timeout_seconds if job.quality else 0
    until = now + timedelta(seconds=gate.timeout_seconds or usual)
    is_open = gate.is_open or (job.awaits_push and gate.status is not GateStatus.FORCED)
    deadline = (gate.expires_at or until) if is_open else None
    return gate if gate.expires_at == deadline else gate.model_copy(update={"expires_at": deadline})


def expire(job: Job, now: datetime, actor: str) -> Job:
    """Returns the job in FAILED, because gates were not reported, or no push came, before the deadline."""
    return lifecycle.fail(job, _expired(job, now), now, actor)


def _expired(job: Job, now: datetime) -> JobError:
    if gates_await_push(job):
        commit = f"commit {job.awaited_commit}, which the run named" if job.awaited_commit else "a commit"
        return failed("commit_not_pushed", branch=job.push_branch, commit=commit)
    late = {gate.id for gate in job.gates if gate.expires_at and gate.expires_at <= now}
    open_gates = blocking_gates(job)
    named = tuple(gate for gate in open_gates if gate in late) or open_gates
    return failed("gate_timeout", gates=", ".join(named))
