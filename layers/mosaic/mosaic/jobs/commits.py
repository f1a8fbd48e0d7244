"""The commit that an attempt is validated against. Pure.

Where the job requires a push, only a commit that a push to its branch named is validated. From the first push
on, pushes alone decide. A report belongs to the commit that it names. When the job moves to another commit,
its gates are open again, except where reports on the new commit are known. No function here makes a new
version of the job.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from mosaic.jobs.gates import REPORT_FIELDS, Gate, Superseded
from mosaic.jobs.limits import (
    MAX_BRIEF_DETAILS_BYTES,
    MAX_OTHER_COMMIT_GATES,
    MAX_PUSHED,
    MAX_SUPERSEDED,
)
from mosaic.jobs.model import Job
from mosaic.jobs.states import GateStatus
from mosaic.jobs.text import size
from mosaic.jobs.value_objects import CommitBy

_ZEROS = frozenset("0")


def may_name(job: Job, sha: str) -> bool:
    """True if a report or the run may name this commit: a push named it, or the job requires none."""
    return sha in job.pushed_commits or not job.requires_push


def with_commit(job: Job, sha: str, by: CommitBy) -> Job:
    """Returns the job validated against `sha`, which `by` named. An override made before any commit was known
    applies to the first one.
    """
    if sha == job.commit_sha:
        return job
    others = tuple(gate for gate in job.other_commit_gates if gate.commit_sha != sha)
    known = {gate.id: gate for gate in job.other_commit_gates if gate.commit_sha == sha}
    # A push may be older than a commit that only the run or a report named.
    replaced = None if by == "push" and job.commit_by != "push" else job.commit_sha
    base = _supersede(job, replaced) if replaced else job
    unreported: Callable[[Gate, str], Gate] = _keep_override if job.commit_sha is None else _reset
    left = tuple(report_of(gate) for gate in job.gates if gate.commit_sha is not None)
    key = (job.attempt, sha)
    return base.evolve(
        commit_sha=sha,
        commit_by="push" if sha in job.pushed_commits else by,
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
    """Returns the job on the commit that its run named. It is unchanged if this attempt has a newer commit, a
    pushed one, or requires a push that has not named this commit.
    """
    if job.commit_by == "push" or is_superseded(job, sha, job.attempt) or not may_name(job, sha):
        return job
    named = with_commit(job, sha, "run")
    return named if named.commit_by == "push" else _with_commit_time(named, now)


def pushed(job: Job, before: str, after: str, at: datetime | None) -> Job:
    """Returns the job after its branch moved from `before` to `after`. Deliveries may be late, repeated or
    out of order.

    The first push of an attempt replaces a commit that was named by anything else. A push on top of the job's
    commit moves the job to the newest known commit. Any other push also does, unless it is known to be older.
    It is older by the forge's time `at`, if a newer commit than `after` is known, or if it created the branch
    (`before` is all zeros).
    """
    known = _with_push(job, after)
    move = _moved if _has_pushes(job) else _first_pushed
    return move(known, before, after, at)


def _has_pushes(job: Job) -> bool:
    """True if this attempt's commit was pushed, or a commit that it replaced."""
    replaced = (old.sha for old in job.superseded if old.attempt == job.attempt)
    return job.commit_by == "push" or any(sha in job.pushed_commits for sha in replaced)


def _with_push(job: Job, sha: str) -> Job:
    if sha in job.pushed_commits:
        return job
    return job.evolve(pushed_commits=(*job.pushed_commits, sha)[-MAX_PUSHED:])


def _first_pushed(job: Job, before: str, after: str, at: datetime | None) -> Job:
    """Returns the job after the first push of its attempt. A push of an earlier attempt's commit is a late
    delivery, unless the run named this commit.
    """
    linked = job if _begins(before) else _supersede(job, before, after)
    if is_of_earlier_attempt(job, after) and after not in (job.commit_sha, job.awaited_commit):
        return linked
    return with_commit(linked, after, "push").evolve(commit_at=at, commit_by="push")


def _begins(before: str) -> bool:
    """True if a push from `before` created the branch."""
    return set(before) <= _ZEROS


def _moved(job: Job, before: str, after: str, at: datetime | None) -> Job:
    begins, older = _begins(before), _is_older(job, at)
    if after == job.commit_sha:
        return _with_commit_time(job if begins else _supersede(job, before, after), at)
    newest = _newest(job, after, before)
    if before == job.commit_sha and not (older and newest == before):
        moved = with_commit(_supersede(job, before, after), after if newest == before else newest, "push")
        return _with_commit_time(moved, at)
    if older or (begins and job.commit_sha is not None):
        return _supersede(job, after)
    linked = job if begins else _supersede(job, before, after)
    return linked if is_superseded(job, after) else _with_commit_time(with_commit(linked, after, "push"), at)


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
    """Returns all commits of the job's attempts so far, as superseded ones for the next attempt. A commit that
    still needs a push is not one of the job's.
    """
    shas = [gate.commit_sha for gate in job.other_commit_gates] + [job.commit_sha]
    counted = (sha for sha in shas if sha and may_name(job, sha))
    superseded = (*job.superseded, *(Superseded(attempt=job.attempt, sha=sha) for sha in counted))
    return tuple(dict.fromkeys(superseded))[-MAX_SUPERSEDED:]


def _supersede(job: Job, sha: str, by: str | None = None) -> Job:
    known = next(
        (commit for commit in job.superseded if (commit.attempt, commit.sha) == (job.attempt, sha)), None
    )
    if known and by in (None, known.by):
        return job
    others = (commit for commit in job.superseded if commit is not known)
    return job.evolve(superseded=(*others, Superseded(attempt=job.attempt, sha=sha, by=by))[-MAX_SUPERSEDED:])
