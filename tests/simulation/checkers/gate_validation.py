"""What has to be proven of a job before it may call itself done: who said what of which gate on which commit."""

from __future__ import annotations

from collections.abc import Iterator

from mosaic.jobs.fire_and_forget import is_unfollowed
from mosaic.jobs.gates import Gate
from mosaic.jobs.states import GateStatus, JobStatus
from tests.simulation.checkers.history import Case

WHO_MAY_REPORT = frozenset({"reporter", "admin"})


def completed_is_proven(case: Case) -> Iterator[str]:
    """5. COMPLETED implies that each mandatory gate passed or was forced by an admin, on the commit that counts."""
    job = case.now
    if job.status is not JobStatus.COMPLETED:
        return
    mandatory = [gate for gate in job.gates if gate.mandatory]
    if job.quality is None or {gate.id for gate in mandatory} != set(job.quality.gates):
        yield "its gates are not those that the quality rails decided"
    if not mandatory and is_unfollowed(job) and job.attempt not in case.finished:
        yield "its run was not followed, and has not said that it is done"
    places = case.pushed.get(job.attempt)
    if places and job.commit_sha not in case.branch[max(places) :]:
        yield f"COMPLETED on {job.commit_sha}, though it was told of a newer commit"
    for gate in mandatory:
        if not _proven(case, gate):
            yield f"COMPLETED, and gate {gate.id} is {gate.status} without a report that says so"


def _proven(case: Case, gate: Gate) -> bool:
    if gate.status is GateStatus.FORCED:
        return any((told.gate, told.status, told.role) == (gate.id, "forced", "admin") for told in case.told)
    if gate.status is not GateStatus.PASSED or gate.commit_sha != case.now.commit_sha:
        return False
    return _said_by_a_forge(case, gate) if gate.reporter.provider else _reported(case, gate)


def _reported(case: Case, gate: Gate) -> bool:
    return any(
        (told.gate, told.status, told.commit) == (gate.id, "passed", case.now.commit_sha)
        and told.role in WHO_MAY_REPORT
        for told in case.told
    )


def _said_by_a_forge(case: Case, gate: Gate) -> bool:
    """Whether its check passed on the commit that counts, in this attempt, and nothing newer of it was heard since."""
    job, said = case.now, case.checks.get(gate.url or "")
    if said is None or (said.gate, said.commit, said.state) != (gate.id, job.commit_sha, "success"):
        return False
    had_before = any(old.attempt < job.attempt and old.commit_sha == said.commit for old in case.versions)
    heard = case.heard.get((job.attempt, gate.id, said.commit), {said.place})
    return said.place >= max(heard) and not (had_before and job.started_at and said.at < job.started_at)
