"""What has to be proven of a job before it may call itself done: who said what of which gate on which commit."""

from __future__ import annotations

from collections.abc import Iterator

from mosaic.jobs.fire_and_forget import is_fire_and_forget
from mosaic.jobs.gates import Gate
from mosaic.jobs.states import GateStatus, JobStatus
from tests.simulation.checkers.history import ObservedJob

WHO_MAY_REPORT = frozenset({"reporter", "admin"})


def completed_is_proven(observed: ObservedJob) -> Iterator[str]:
    """5. COMPLETED implies that each mandatory gate passed or was forced by an admin, on the commit that counts."""
    job = observed.now
    if job.status is not JobStatus.COMPLETED:
        return
    mandatory = [gate for gate in job.gates if gate.mandatory]
    if job.quality is None or {gate.id for gate in mandatory} != set(job.quality.gates):
        yield "its gates are not those that the quality rails decided"
    if not mandatory and is_fire_and_forget(job) and job.attempt not in observed.finished:
        yield "its run was not followed, and has not said that it is done"
    places = observed.pushed.get(job.attempt)
    if places and job.commit_sha not in observed.branch[max(places) :]:
        yield f"COMPLETED on {job.commit_sha}, though it was told of a newer commit"
    for gate in mandatory:
        if not _proven(observed, gate):
            yield f"COMPLETED, and gate {gate.id} is {gate.status} without a report that says so"


def _proven(observed: ObservedJob, gate: Gate) -> bool:
    if gate.status is GateStatus.FORCED:
        return any(
            (told.gate, told.status, told.role) == (gate.id, "forced", "admin") for told in observed.told
        )
    if gate.status is not GateStatus.PASSED or gate.commit_sha != observed.now.commit_sha:
        return False
    return _said_by_a_forge(observed, gate) if gate.reporter.provider else _reported(observed, gate)


def _reported(observed: ObservedJob, gate: Gate) -> bool:
    return any(
        (told.gate, told.status, told.commit) == (gate.id, "passed", observed.now.commit_sha)
        and told.role in WHO_MAY_REPORT
        for told in observed.told
    )


def _said_by_a_forge(observed: ObservedJob, gate: Gate) -> bool:
    """Whether its check passed on the commit that counts, in this attempt, and nothing newer of it was heard since."""
    job, said = observed.now, observed.checks.get(gate.url or "")
    if said is None or (said.gate, said.commit, said.state) != (gate.id, job.commit_sha, "success"):
        return False
    had_before = any(old.attempt < job.attempt and old.commit_sha == said.commit for old in observed.versions)
    heard = observed.heard.get((job.attempt, gate.id, said.commit), {said.place})
    return said.place >= max(heard) and not (had_before and job.started_at and said.at < job.started_at)
