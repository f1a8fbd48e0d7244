"""The commit that an attempt is validated against. Pure.

A report belongs to the commit that it names. When the job moves to another commit, its gates are open again,
except where reports on the new commit are known. No function here makes a new version of the job.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from mosaic.jobs.gates import REPORT_FIELDS, Gate, Superseded
from mosaic.jobs.limits import MAX_BRIEF_DETAILS_BYTES, MAX_OTHER_COMMIT_GATES, MAX_SUPERSEDED
from mosaic.jobs.model import Job
from mosaic.jobs.states import GateStatus
from mosaic.jobs.text import size

_ZEROS = frozenset("0")


def with_commit(job: Job, sha: str) -> Job:
    """Returns the job validated against `sha`. An override made before any commit was known applies to the
    first one.
    """
    if sha == job.commit_sha:
        return job
    others = tuple(gate for gate in job.other_commit_gates if gate.commit_sha != sha)
    known = {gate.id: gate for gate in job.other_commit_gates if gate.commit_sha == sha}
    base = job if job.commit_sha is None else _supersede(job, job.commit_sha)
    unreported: Callable[[Gate, str], Gate] = _keep_override if job.commit_sha is None else _reset
    left = tuple(report_of(gate) for gate in job.gates if gate.commit_sha is not None)
    key = (job.attempt, sha)
    return base.evolve(
        commit_sha=sha,
        gates=tuple(
            with_report(gate, known[gate.id]) if gate.id in known else unreported(gate, sha)
            for gate in job.gates
        ),
        other_commit_gates=(*others, *left)[-MAX_OTHER_COMMIT_GATES:],
        superseded=tuple(other for other in base.superseded if (other.attempt, other.sha) != key),
        commit_at=None,
    )


def _keep_override(gate: Gate, sha: str) -> Gate:
    """Returns the gate unchanged, bound to `sha` if it is overridden: there was no commit that a report could
    name.
    """
    return gate.model_copy(update={"commit_sha": sha}) if gate.status is GateStatus.FORCED else gate


def _reset(gate: Gate, _sha: str) -> Gate:
    return gate.without_report()


def report_of(gate: Gate) -> Gate:
    """Returns the gate's report without its rule and with short texts, to keep while the job is on another
    commit.
    """
    url = gate.url if gate.url and size(gate.url) <= MAX_BRIEF_DETAILS_BYTES else None
    brief = gate.brief().model_copy(update={"url": url})
    return Gate(id=gate.id, **{name: getattr(brief, name) for name in REPORT_FIELDS})


def with_report(gate: Gate, kept: Gate) -> Gate:
    """Returns the gate, with its own rule and the report of `kept`."""
    return gate.without_report().model_copy(update={name: getattr(kept, name) for name in REPORT_FIELDS})


def produced(job: Job, sha: str, now: datetime) -> Job:
    """Returns the job on the commit that its run produced; unchanged if this attempt already has a newer
    commit.
    """
    return job if is_superseded(job, sha, job.attempt) else _with_commit_time(with_commit(job, sha), now)


def pushed(job: Job, before: str, after: str, at: datetime | None) -> Job:
    """Returns the job after its branch moved from `before` to `after`. Deliveries may be late, repeated or
    out of order.

    A push on top of the job's commit moves the job to the newest known commit. Any other push also does,
    unless it is known to be older. It is older by the forge's time `at`, if a newer commit than `after` is
    known, or if it created the branch (`before` is all zeros).
    """
    begins, older = set(before) <= _ZEROS, _is_older(job, at)
    if after == job.commit_sha:
        return _with_commit_time(job if begins else _supersede(job, before, after), at)
    newest = _newest(job, after, before)
    if before == job.commit_sha and not (older and newest == before):
        moved = with_commit(_supersede(job, before, after), after if newest == before else newest)
        return _with_commit_time(moved, at)
    if older or (begins and job.commit_sha is not None):
        return _supersede(job, after)
    linked = job if begins else _supersede(job, before, after)
    return linked if is_superseded(job, after) else _with_commit_time(with_commit(linked, after), at)


def _is_older(job: Job, at: datetime | None) -> bool:
    return at is not None and job.commit_at is not None and at < job.commit_at


def _with_commit_time(job: Job, at: datetime | None) -> Job:
    return job if at is None or _is_older(job, at) or at == job.commit_at else job.evolve(commit_at=at)


def _newest(job: Job, sha: str, before: str) -> str:
    """Returns the newest commit in the chain of pushes from `sha` on; `before` if the chain leads back to it."""
    pushed_upon = {commit.sha: commit.by for commit in job.superseded if commit.attempt == job.attempt}
    newest, seen = sha, {before}
    while newest not in seen and (successor := pushed_upon.get(newest)):
        seen.add(newest)
        newest = successor
    return newest


def is_superseded(job: Job, sha: str, attempt: int | None = None) -> bool:
    """True if a newer commit replaced this one, in `attempt` or in any attempt."""
    return any(commit.sha == sha and attempt in (None, commit.attempt) for commit in job.superseded)


def is_of_earlier_attempt(job: Job, sha: str) -> bool:
    """True if an earlier attempt had this commit."""
    return any(commit.sha == sha and commit.attempt < job.attempt for commit in job.superseded)


def commits_so_far(job: Job) -> tuple[Superseded, ...]:
    """Returns all commits of the job's attempts so far, as superseded ones for the next attempt."""
    shas = [gate.commit_sha for gate in job.other_commit_gates] + [job.commit_sha]
    superseded = (*job.superseded, *(Superseded(attempt=job.attempt, sha=sha) for sha in shas if sha))
    return tuple(dict.fromkeys(superseded))[-MAX_SUPERSEDED:]


def _supersede(job: Job, sha: str, by: str | None = None) -> Job:
    known = next(
        (commit for commit in job.superseded if (commit.attempt, commit.sha) == (job.attempt, sha)), None
    )
    if known and by in (None, known.by):
        return job
    others = (commit for commit in job.superseded if commit is not known)
    return job.evolve(superseded=(*others, Superseded(attempt=job.attempt, sha=sha, by=by))[-MAX_SUPERSEDED:])
