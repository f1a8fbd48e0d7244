"""The commit that an attempt is judged by: who may name it, and what a newer one does to what was proven. Pure.

What a commit has proven stays with that commit. When the job is judged by another one its gates are open again, but for
what was already said of that one. No function here makes a new version of the job.
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


def bind(job: Job, sha: str) -> Job:
    """`job` judged by `sha`. A gate that was forced before any commit was known stays forced on the first one."""
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
    """The gate as it is: nothing can have been said of it on another commit."""
    return gate.model_copy(update={"commit_sha": sha}) if gate.status is GateStatus.FORCED else gate


def _reset(gate: Gate, _sha: str) -> Gate:
    return gate.without_report()


def report_of(gate: Gate) -> Gate:
    """What was said of the gate, kept while the job is judged by another commit: in brief, without its rule."""
    url = gate.url if gate.url and size(gate.url) <= MAX_BRIEF_DETAILS_BYTES else None
    brief = gate.brief().model_copy(update={"url": url})
    return Gate(id=gate.id, **{name: getattr(brief, name) for name in REPORT_FIELDS})


def with_report(gate: Gate, kept: Gate) -> Gate:
    """The gate with what was said of it on a commit, and its own rule."""
    return gate.without_report().model_copy(update={name: getattr(kept, name) for name in REPORT_FIELDS})


def produced(job: Job, sha: str, now: datetime) -> Job:
    """`job`, whose run says that it made this commit by `now`; unchanged where newer ones are known in this attempt."""
    return job if is_superseded(job, sha, job.attempt) else _with_commit_time(bind(job, sha), now)


def pushed(job: Job, before: str, after: str, at: datetime | None) -> Job:
    """`job`, whose branch went from one commit to another; deliveries may come late, twice and in any order.

    A push upon the commit that the job is judged by moves it on, at once to the newest that is known. So does any other
    that cannot be told to be older: by the forge's time `at`, because a newer one than `after` is known, or because it
    began the branch (`before` is all zeros).
    """
    begins, older = set(before) <= _ZEROS, _is_older(job, at)
    if after == job.commit_sha:
        return _with_commit_time(job if begins else _supersede(job, before, after), at)
    newest = _newest(job, after, before)
    if before == job.commit_sha and not (older and newest == before):
        moved = bind(_supersede(job, before, after), after if newest == before else newest)
        return _with_commit_time(moved, at)
    if older or (begins and job.commit_sha is not None):
        return _supersede(job, after)
    linked = job if begins else _supersede(job, before, after)
    return linked if is_superseded(job, after) else _with_commit_time(bind(linked, after), at)


def _is_older(job: Job, at: datetime | None) -> bool:
    return at is not None and job.commit_at is not None and at < job.commit_at


def _with_commit_time(job: Job, at: datetime | None) -> Job:
    return job if at is None or _is_older(job, at) or at == job.commit_at else job.evolve(commit_at=at)


def _newest(job: Job, sha: str, before: str) -> str:
    """The last of the commits that were pushed upon each other from `sha` on; `before` where that leads back to it."""
    pushed_upon = {commit.sha: commit.by for commit in job.superseded if commit.attempt == job.attempt}
    newest, seen = sha, {before}
    while newest not in seen and (successor := pushed_upon.get(newest)):
        seen.add(newest)
        newest = successor
    return newest


def is_superseded(job: Job, sha: str, attempt: int | None = None) -> bool:
    """Whether a newer commit took this one's place, in that attempt or in any."""
    return any(commit.sha == sha and attempt in (None, commit.attempt) for commit in job.superseded)


def is_of_earlier_attempt(job: Job, sha: str) -> bool:
    """Whether an attempt before the present one had this commit."""
    return any(commit.sha == sha and commit.attempt < job.attempt for commit in job.superseded)


def commits_so_far(job: Job) -> tuple[Superseded, ...]:
    """All commits that belong to the job's attempts so far, for its next one."""
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
