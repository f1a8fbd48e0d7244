"""What becomes of a job: most just run, some are proven, fail and are tried again, or are cancelled. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from mosaic.jobs.lifecycle import ENDED
from mosaic.jobs.model import Job
from mosaic.jobs.states import GateStatus, JobStatus, Phase

GATES = ("build", "lint", "typecheck", "test", "coverage")
"""The gates that a `code-task` has in the seeded workspace."""


@dataclass(frozen=True)
class Story:
    """One kind of job: what is asked for, what people do with it, and how it has to end.

    `marker` is for the stand-in's agent; a retry asks without it. `red` is a gate that the CI finds failed in the
    first attempt. `tries` is how often the product tries by itself.
    """

    name: str
    end: JobStatus = JobStatus.COMPLETED
    type: str = "git-status"
    profile: str = "runner"
    marker: str = ""
    gates: tuple[str, ...] = ()
    red: str | None = None
    tries: int = 1


PLAIN = Story("runs")
PROVEN = Story("proven", type="code-task", profile="weaver", gates=GATES)
MENDED = Story("mended", type="code-task", profile="weaver", gates=GATES, red="test")
# Who dies with a run's order leaves it for a sweep to find, two minutes later: only then can the run be cancelled.
CANCELLED = Story("cancelled", end=JobStatus.CANCELLED, marker="SLEEP=300")
RETRIED = Story("retried", marker="FAIL500")
TENACIOUS = Story("tenacious", marker="FAIL500", tries=2)

# Of twenty jobs; odd numbers are asked for by API, even ones by webhook.
_TWENTY: Mapping[int, Story] = {
    0: PROVEN,
    3: CANCELLED,
    6: RETRIED,
    9: TENACIOUS,
    12: CANCELLED,
    15: PROVEN,
    17: MENDED,
}


def story_of(number: int) -> Story:
    """The story of the request with this number."""
    return _TWENTY.get(number % 20, PLAIN)


@dataclass(frozen=True)
class Wish:
    """A request that somebody makes about a job, in this role; `again` says that they send it twice."""

    role: str
    method: str
    path: str
    body: Mapping[str, Any]
    again: bool = False


def is_over(story: Story, job: Job) -> bool:
    """Whether the job has come to what its story wants of it."""
    return job.status is story.end


def wish(story: Story, job: Job) -> Wish | None:
    """What somebody wants of the job as it is now; None where there is nothing to do but wait."""
    if is_over(story, job):
        return None
    if job.status in ENDED:
        return Wish("member", "POST", f"/runner-jobs/{job.id}/retry", {"instructions": _asked_anew(story)})
    if job.status is not JobStatus.RUNNING or job.phase is Phase.SETUP:
        return None
    if story.end is JobStatus.CANCELLED:
        return Wish("member", "POST", f"/runner-jobs/{job.id}/cancel", {"reason": "not needed any more"})
    return _report(story, job)


def _asked_anew(story: Story) -> str:
    """A cancelled job has to be long enough to be caught; what failed is asked for without the cause."""
    return f"Once more, please. {story.marker if story.end is JobStatus.CANCELLED else ''}".strip()


def _report(story: Story, job: Job) -> Wish | None:
    """The report of the next gate that is open: a CI goes on until all have been heard."""
    for number, gate in enumerate(job.gates):
        if gate.status is GateStatus.PENDING:
            red = gate.id == story.red and job.attempt == 1
            said = {"status": "failed" if red else "passed", "commitSha": commit(job.id, job.attempt)}
            path = f"/runner-jobs/{job.id}/gates/{gate.id}"
            return Wish("reporter", "PUT", path, {**said, "attempt": job.attempt}, again=number % 3 == 0)
    return None


def commit(job_id: str, attempt: int) -> str:
    """The commit that the CI judges this attempt by."""
    return sha256(f"{job_id}:{attempt}".encode()).hexdigest()[:40]
