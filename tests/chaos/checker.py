"""Checks an ended job: it ended once, ran once, passed its gates, and is recorded completely. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from mosaic.events.model import Event, EventType
from mosaic.events.verify import Break, VerifiedPrefix
from mosaic.jobs.model import Job
from mosaic.jobs.states import GateStatus, JobStatus
from tests.chaos.history import PushedCommit, ReportedGate
from tests.chaos.scenarios import Scenario

ENDINGS = frozenset({EventType.JOB_COMPLETED, EventType.JOB_FAILED, EventType.JOB_CANCELLED})
# Events that may not follow the end of an attempt.
CONTINUATIONS = frozenset({EventType.JOB_STARTED, EventType.JOB_QUEUED, EventType.DISPATCH_ACCEPTED}) | {
    EventType.GATE_PASSED,
    EventType.GATE_FAILED,
}
# The only codes of failure: runs fail by the agent's provider or the gateway, and attempts by their gates.
FAILURES = frozenset({"run_failed", "gate_failed"})


@dataclass(frozen=True)
class GatewayRun:
    """A run that reached the gateway's model, with its key and the id of its scheduled run."""

    key: str
    scheduled_run_id: str


@dataclass(frozen=True)
class Evidence:
    """All data about an ended job.

    `passed` are the gates of all jobs that the CI reported as passed, `pushed` the commits that the forge
    delivered. `runs` are the gateway's runs of this job.
    """

    scenario: Scenario
    job: Job
    log: Sequence[Event]
    passed: Collection[ReportedGate] = ()
    pushed: Collection[PushedCommit] = ()
    runs: Sequence[GatewayRun] = ()


def violations(evidence: Evidence) -> Iterator[str]:
    """Yields each violation of a job as a sentence."""
    job = evidence.job
    if job.status is not evidence.scenario.end:
        yield f"job {job.id} is {job.status} instead of {evidence.scenario.end}"
    yield from _chain_violations(job, evidence.log)
    attempts = list(_attempts(evidence.log))
    if len(attempts) != job.attempt:
        yield f"job {job.id} is at attempt {job.attempt} and its log has {len(attempts)}"
    for number, events in enumerate(attempts, 1):
        yield from _attempt_violations(job, number, events, is_last=number == len(attempts))
    yield from _run_violations(evidence, attempts)
    if job.status is JobStatus.COMPLETED:
        yield from _gate_violations(evidence, attempts[-1] if attempts else [])


def _chain_violations(job: Job, log: Sequence[Event]) -> Iterator[str]:
    """Verifies the log by the product's own code, from the first version to the job's."""
    state = VerifiedPrefix()
    for _, events in groupby(log, key=lambda event: event.version):
        result = state.extend(job.workspace_id, job.id, list(events))
        if isinstance(result, Break):
            yield f"the log of job {job.id} is broken ({result.kind}): {result.detail}"
            return
        state = result
    if broken := state.end(job, is_late=True):
        yield f"the log of job {job.id} is broken ({broken.kind}): {broken.detail}"
    elif state.since != 1:
        yield f"the log of job {job.id} has hashes only from version {state.since} on"


def _attempts(log: Sequence[Event]) -> Iterator[list[Event]]:
    """Yields the events of each attempt. A retry is the first event of the next one."""
    attempt: list[Event] = []
    for event in log:
        if event.type is EventType.JOB_RETRIED:
            yield attempt
            attempt = []
        attempt.append(event)
    if attempt:
        yield attempt


def _attempt_violations(job: Job, number: int, events: Sequence[Event], *, is_last: bool) -> Iterator[str]:
    """Checks that an attempt ends once. An attempt that the product retries may have no ending event."""
    name = f"attempt {number} of job {job.id}"
    endings = [event.type.value for event in events if event.type in ENDINGS]
    if len(endings) > 1:
        yield f"{name} ended {len(endings)} times: {', '.join(endings)}"
    if is_last and not endings:
        yield f"{name} never ended"
    end_index = next((index for index, event in enumerate(events) if event.type in ENDINGS), len(events))
    continued = [event.type.value for event in events[end_index:] if event.type in CONTINUATIONS]
    if continued:
        yield f"{name} continued after its end: {', '.join(continued)}"
    for event in events:
        code = event.payload.get("code")
        if event.type is EventType.JOB_FAILED and code not in FAILURES:
            yield f"{name} failed for {code}: {event.payload.get('title')}"


def _run_violations(evidence: Evidence, attempts: Sequence[Sequence[Event]]) -> Iterator[str]:
    """Checks that each attempt has one accepted dispatch, and one run of it at the gateway."""
    job = evidence.job
    accepted = {number: _accepted(events) for number, events in enumerate(attempts, 1)}
    for number, ids in accepted.items():
        if len(ids) > 1:
            yield f"attempt {number} of job {job.id} was accepted {len(ids)} times"
        run_ids = [run.scheduled_run_id for run in evidence.runs if run.key == _key(job, number)]
        if len(run_ids) > 1:
            yield f"attempt {number} of job {job.id} ran {len(run_ids)} times"
        if ids and set(run_ids) - set(ids):
            yield f"attempt {number} of job {job.id} ran as {run_ids}, and {ids} was accepted"
    unknown_keys = {run.key for run in evidence.runs} - {_key(job, number) for number in accepted}
    if unknown_keys:
        yield f"the gateway ran {sorted(unknown_keys)}, which are not attempts of job {job.id}"
    if job.status is JobStatus.COMPLETED and not any(
        run.key == _key(job, job.attempt) for run in evidence.runs
    ):
        yield f"job {job.id} is COMPLETED, but the gateway never ran attempt {job.attempt}"


def _accepted(events: Iterable[Event]) -> list[str]:
    accepted = (event for event in events if event.type is EventType.DISPATCH_ACCEPTED)
    return [str(event.payload.get("scheduledRunId")) for event in accepted]


def _key(job: Job, attempt: int) -> str:
    return f"mosaic:{job.id}:{attempt}"


def _gate_violations(evidence: Evidence, events: Sequence[Event]) -> Iterator[str]:
    """Checks that each gate of the scenario is mandatory, and has a report that it passed on the job's
    commit.
    """
    job = evidence.job
    mandatory = {gate.id for gate in job.gates if gate.mandatory}
    decided = set(job.quality.gates) if job.quality else set()
    if not mandatory == decided == set(evidence.scenario.gates):
        yield f"job {job.id} has the gates {sorted(mandatory)}, instead of {sorted(evidence.scenario.gates)}"
    if job.gates and (job.id, job.commit_sha) not in evidence.pushed:
        yield f"job {job.id} is COMPLETED on {job.commit_sha}, which no push named"
    gate_events = Counter(
        (event.payload.get("gate"), event.payload.get("commitSha"))
        for event in events
        if event.type is EventType.GATE_PASSED
    )
    for gate in job.gates:
        passed = gate.status is GateStatus.PASSED and gate.commit_sha == job.commit_sha is not None
        gate_reported = (job.id, job.attempt, gate.id, job.commit_sha or "") in evidence.passed
        if not (passed and gate_reported and gate_events[gate.id, job.commit_sha]):
            yield f"job {job.id} is COMPLETED, but gate {gate.id} has not passed on {job.commit_sha}"
