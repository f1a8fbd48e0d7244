"""What has to be true of a job when it is over: it ended once, ran once, is proven, and is recorded whole. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from mosaic.events.model import Event, EventType
from mosaic.events.verify import Break, VerifiedPrefix
from mosaic.jobs.model import Job
from mosaic.jobs.states import GateStatus, JobStatus
from tests.chaos.history import Told
from tests.chaos.scenarios import Story

ENDINGS = frozenset({EventType.JOB_COMPLETED, EventType.JOB_FAILED, EventType.JOB_CANCELLED})
# What an attempt does not do any more once it has ended.
GOES_ON = frozenset({EventType.JOB_STARTED, EventType.JOB_QUEUED, EventType.DISPATCH_ACCEPTED}) | {
    EventType.GATE_PASSED,
    EventType.GATE_FAILED,
}
# Runs fail when the agent's provider or the gateway does, and attempts by their gates. Nothing else may end one.
FAILURES = frozenset({"run_failed", "gate_failed"})
# Who retries by name is a person; all others are the product itself.
PEOPLE = ("token:",)


@dataclass(frozen=True)
class Run:
    """A run that reached the gateway's model: under which key, for which declaration."""

    key: str
    scheduled_run_id: str


@dataclass(frozen=True)
class Evidence:
    """All that is known of a job when it is over.

    `passed` is what the CI has reported as passed, of any job; `runs` are the gateway's runs of this one.
    """

    story: Story
    job: Job
    log: Sequence[Event]
    passed: Collection[Told] = ()
    runs: Sequence[Run] = ()


def wrong(known: Evidence) -> Iterator[str]:
    """What is not as it should be with a job, a sentence each."""
    job = known.job
    if job.status is not known.story.end:
        yield f"job {job.id} is {job.status}, and its story wants it {known.story.end}"
    yield from _of_chain(job, known.log)
    attempts = list(_attempts(known.log))
    if len(attempts) != job.attempt:
        yield f"job {job.id} is at attempt {job.attempt}, and its log knows {len(attempts)}"
    for number, events in enumerate(attempts, 1):
        yield from _of_attempt(job, number, events, is_last=number == len(attempts))
    yield from _of_runs(known, attempts)
    if job.status is JobStatus.COMPLETED:
        yield from _of_proof(known, attempts[-1] if attempts else [])


def _of_chain(job: Job, log: Sequence[Event]) -> Iterator[str]:
    """The product's own check of the log, version by version from the first to the job's."""
    checked = VerifiedPrefix()
    for _, events in groupby(log, key=lambda event: event.version):
        found = checked.extend(job.workspace_id, job.id, list(events))
        if isinstance(found, Break):
            yield f"the log of job {job.id} is broken ({found.kind}): {found.detail}"
            return
        checked = found
    if broken := checked.end(job, is_late=True):
        yield f"the log of job {job.id} is broken ({broken.kind}): {broken.detail}"
    elif checked.since != 1:
        yield f"the log of job {job.id} has hashes from version {checked.since} on only"


def _attempts(log: Sequence[Event]) -> Iterator[list[Event]]:
    """The events of each attempt; the one that begins another is its first."""
    attempt: list[Event] = []
    for event in log:
        if event.type is EventType.JOB_RETRIED:
            yield attempt
            attempt = []
        attempt.append(event)
    if attempt:
        yield attempt


def _of_attempt(job: Job, number: int, events: Sequence[Event], *, is_last: bool) -> Iterator[str]:
    """Each attempt ends once; only one that the product itself tries again ends without saying so."""
    name = f"attempt {number} of job {job.id}"
    endings = [event.type.value for event in events if event.type in ENDINGS]
    if len(endings) > 1:
        yield f"{name} ended {len(endings)} times: {', '.join(endings)}"
    if is_last and not endings:
        yield f"{name} never ended"
    ended = next((place for place, event in enumerate(events) if event.type in ENDINGS), len(events))
    late = [event.type.value for event in events[ended:] if event.type in GOES_ON]
    if late:
        yield f"{name} went on after its end: {', '.join(late)}"
    for event in events:
        code = event.payload.get("code")
        if event.type is EventType.JOB_FAILED and code not in FAILURES:
            yield f"{name} failed for {code}: {event.payload.get('title')}"


def _of_runs(known: Evidence, attempts: Sequence[Sequence[Event]]) -> Iterator[str]:
    """One accepted dispatch an attempt, and at the gateway one run of it, under that declaration."""
    job = known.job
    accepted = {number: _accepted(events) for number, events in enumerate(attempts, 1)}
    for number, ids in accepted.items():
        if len(ids) > 1:
            yield f"attempt {number} of job {job.id} was accepted {len(ids)} times"
        ran = [run.scheduled_run_id for run in known.runs if run.key == _key(job, number)]
        if len(ran) > 1:
            yield f"attempt {number} of job {job.id} ran {len(ran)} times"
        if ids and set(ran) - set(ids):
            yield f"attempt {number} of job {job.id} ran as {ran}, and {ids} was accepted"
    of_no_attempt = {run.key for run in known.runs} - {_key(job, number) for number in accepted}
    if of_no_attempt:
        yield f"the gateway ran {sorted(of_no_attempt)}, which are no attempts of job {job.id}"
    if job.status is JobStatus.COMPLETED and not any(run.key == _key(job, job.attempt) for run in known.runs):
        yield f"job {job.id} is COMPLETED, and the gateway never ran attempt {job.attempt}"


def _accepted(events: Iterable[Event]) -> list[str]:
    accepted = (event for event in events if event.type is EventType.DISPATCH_ACCEPTED)
    return [str(event.payload.get("scheduledRunId")) for event in accepted]


def _key(job: Job, attempt: int) -> str:
    return f"mosaic:{job.id}:{attempt}"


def _of_proof(known: Evidence, events: Sequence[Event]) -> Iterator[str]:
    """Every gate of the story is mandatory, and has passed on the job's commit by a report that was made."""
    job = known.job
    mandatory = {gate.id for gate in job.gates if gate.mandatory}
    decided = set(job.quality.gates) if job.quality else set()
    if not mandatory == decided == set(known.story.gates):
        yield f"job {job.id} has the gates {sorted(mandatory)}, and should have {sorted(known.story.gates)}"
    told = Counter(
        (event.payload.get("gate"), event.payload.get("commitSha"))
        for event in events
        if event.type is EventType.GATE_PASSED
    )
    for gate in job.gates:
        passed = gate.status is GateStatus.PASSED and gate.commit_sha == job.commit_sha is not None
        reported = (job.id, job.attempt, gate.id, job.commit_sha or "") in known.passed
        if not (passed and reported and told[gate.id, job.commit_sha]):
            yield f"job {job.id} is COMPLETED, and gate {gate.id} is not proven on {job.commit_sha}"
