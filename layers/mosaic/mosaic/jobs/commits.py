"""The commit that an attempt is judged by: who may name it, and what a newer one does to what was proven. Pure.

What a commit has proven stays with that commit. When the job is judged by another one its gates are open again, but for
what was already said of that one. No function here makes a new version of the job.
"""

from __future__ import annotations

from datetime import datetime

from mosaic.jobs.gates import REPORT_FIELDS, Gate, Superseded
from mosaic.jobs.limits import MAX_BRIEF_DETAILS_BYTES, MAX_OTHER_COMMIT_GATES, MAX_SUPERSEDED
from mosaic.jobs.model import Job
from mosaic.jobs.states import GateStatus
from mosaic.jobs.text import size

_NOTHING = frozenset("0")


def bind(job: Job, sha: str) -> Job:
    """`job` judged by `sha`. A gate that was forced before any commit was known stays forced on the first one."""
    if sha == job.commit_sha:
        return job
    known = {gate.id: gate for gate in job.set_aside if gate.commit_sha == sha}
    left, fresh = (job, _first) if job.commit_sha is None else (_superseded(job, job.commit_sha), _anew)
    said = tuple(aside(gate) for gate in job.gates if gate.commit_sha is not None)
    return left.evolve(
        commit_sha=sha,
        gates=tuple(
            again(gate, known[gate.id]) if gate.id in known else fresh(gate, sha) for gate in job.gates
        ),
        set_aside=(*(gate for gate in job.set_aside if gate.commit_sha != sha), *said)[
            -MAX_OTHER_COMMIT_GATES:
        ],
        superseded=tuple(one for one in left.superseded if (one.attempt, one.sha) != (job.attempt, sha)),
        commit_at=None,
    )


def _first(gate: Gate, sha: str) -> Gate:
    """The gate as it is: nothing can have been said of it on another commit."""
    return gate.model_copy(update={"commit_sha": sha}) if gate.status is GateStatus.FORCED else gate


def _anew(gate: Gate, _sha: str) -> Gate:
    return gate.without_report()


def aside(gate: Gate) -> Gate:
    """What was said of the gate, kept while the job is judged by another commit: in brief, without its rule."""
    url = gate.url if gate.url and size(gate.url) <= MAX_BRIEF_DETAILS_BYTES else None
    said = gate.brief().model_copy(update={"url": url})
    return Gate(id=gate.id, **{name: getattr(said, name) for name in REPORT_FIELDS})


def again(gate: Gate, kept: Gate) -> Gate:
    """The gate with what was said of it on a commit, and its own rule."""
    return gate.without_report().model_copy(update={name: getattr(kept, name) for name in REPORT_FIELDS})


def named(job: Job, sha: str, now: datetime) -> Job:
    """`job`, whose run says that it made this commit by `now`; unchanged where newer ones are known in this attempt."""
    return job if is_superseded(job, sha, job.attempt) else _at(bind(job, sha), now)


def pushed(job: Job, before: str, after: str, at: datetime | None) -> Job:
    """`job`, whose branch went from one commit to another; deliveries may come late, twice and in any order.

    A push upon the commit that the job is judged by moves it on, at once to the newest that is known. So does any other
    that cannot be told to be older: by the forge's time `at`, because a newer one than `after` is known, or because it
    began the branch (`before` is all zeros).
    """
    begins, older = set(before) <= _NOTHING, _is_older(job, at)
    if after == job.commit_sha:
        return _at(job if begins else _superseded(job, before, after), at)
    newest = _newest(job, after, before)
    if before == job.commit_sha and not (older and newest == before):
        moved = bind(_superseded(job, before, after), after if newest == before else newest)
        return _at(moved, at)
    if older or (begins and job.commit_sha is not None):
        return _superseded(job, after)
    linked = job if begins else _superseded(job, before, after)
    return linked if is_superseded(job, after) else _at(bind(linked, after), at)


def _is_older(job: Job, at: datetime | None) -> bool:
    return at is not None and job.commit_at is not None and at < job.commit_at


def _at(job: Job, at: datetime | None) -> Job:
    return job if at is None or _is_older(job, at) or at == job.commit_at else job.evolve(commit_at=at)


def _newest(job: Job, sha: str, before: str) -> str:
    """The last of the commits that were pushed upon each other from `sha` on; `before` where that leads back to it."""
    pushed_upon = {one.sha: one.by for one in job.superseded if one.attempt == job.attempt}
    last, seen = sha, {before}
    while last not in seen and (upon := pushed_upon.get(last)):
        seen.add(last)
        last = upon
    return last


def is_superseded(job: Job, sha: str, attempt: int | None = None) -> bool:
    """Whether a newer commit took this one's place, in that attempt or in any."""
    return any(one.sha == sha and attempt in (None, one.attempt) for one in job.superseded)


def is_of_earlier_attempt(job: Job, sha: str) -> bool:
    """Whether an attempt before the present one had this commit."""
    return any(one.sha == sha and one.attempt < job.attempt for one in job.superseded)


def left_behind(job: Job) -> tuple[Superseded, ...]:
    """All commits that belong to the job's attempts so far, for its next one."""
    here = [gate.commit_sha for gate in job.set_aside] + [job.commit_sha]
    found = (*job.superseded, *(Superseded(attempt=job.attempt, sha=sha) for sha in here if sha))
    return tuple(dict.fromkeys(found))[-MAX_SUPERSEDED:]


def _superseded(job: Job, sha: str, by: str | None = None) -> Job:
    known = next((one for one in job.superseded if (one.attempt, one.sha) == (job.attempt, sha)), None)
    if known and by in (None, known.by):
        return job
    others = (one for one in job.superseded if one is not known)
    return job.evolve(superseded=(*others, Superseded(attempt=job.attempt, sha=sha, by=by))[-MAX_SUPERSEDED:])
