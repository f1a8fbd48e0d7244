"""Scenarios of jobs: most just run, others have gates, fail and are retried, or are cancelled. Pure."""

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
NO_COMMIT = "0" * 40
# A push is delivered twice if its commit begins with one of these.
TWICE = "01234567"


@dataclass(frozen=True)
class Scenario:
    """A kind of job: the request, the actions of its actors, and its final status.

    `marker` is an instruction to the stand-in's agent, which a retry leaves out. `failing_gate` is reported
    as failed in the first attempt. `max_attempts` is how often the product tries by itself.
    """

    name: str
    end: JobStatus = JobStatus.COMPLETED
    type: str = "git-status"
    profile: str = "runner"
    marker: str = ""
    gates: tuple[str, ...] = ()
    failing_gate: str | None = None
    max_attempts: int = 1


PLAIN = Scenario("plain")
GATED = Scenario("gated", type="code-task", profile="weaver", gates=GATES)
FIXED = Scenario("fixed", type="code-task", profile="weaver", gates=GATES, failing_gate="test")
# The run is long: after a crash during dispatch, it can be cancelled only after a sweep two minutes later.
CANCELLED = Scenario("cancelled", end=JobStatus.CANCELLED, marker="SLEEP=300")
RETRIED = Scenario("retried", marker="FAIL500")
RETRIED_BY_PRODUCT = Scenario("retried by the product", marker="FAIL500", max_attempts=2)

# By the number of the request modulo 20. Odd numbers are created by the API, even ones by webhook.
_SCENARIOS: Mapping[int, Scenario] = {
    0: GATED,
    3: CANCELLED,
    6: RETRIED,
    9: RETRIED_BY_PRODUCT,
    12: CANCELLED,
    15: GATED,
    17: FIXED,
}


def scenario_of(number: int) -> Scenario:
    """Returns the scenario of the request with this number."""
    return _SCENARIOS.get(number % 20, PLAIN)


@dataclass(frozen=True)
class PlannedRequest:
    """A request about a job, with the role of its sender. Some requests are sent twice."""

    role: str
    method: str
    path: str
    body: Mapping[str, Any]
    is_sent_twice: bool = False


@dataclass(frozen=True)
class PlannedPush:
    """A push of the agent to the job's branch, which the forge delivers. Some deliveries are sent twice."""

    repository: str
    branch: str
    before: str
    after: str
    is_sent_twice: bool = False


def has_ended_as_planned(scenario: Scenario, job: Job) -> bool:
    """Returns whether the job has the final status of its scenario."""
    return job.status is scenario.end


def next_request(scenario: Scenario, job: Job) -> PlannedRequest | PlannedPush | None:
    """Returns the next request or push about the job, or None if its actors have to wait."""
    if has_ended_as_planned(scenario, job):
        return None
    if job.status in ENDED:
        return PlannedRequest(
            "member", "POST", f"/runner-jobs/{job.id}/retry", {"instructions": _retry_instructions(scenario)}
        )
    if job.status is not JobStatus.RUNNING or job.phase is Phase.SETUP:
        return None
    if scenario.end is JobStatus.CANCELLED:
        return PlannedRequest(
            "member", "POST", f"/runner-jobs/{job.id}/cancel", {"reason": "not needed any more"}
        )
    return _push(job) or _report(scenario, job)


def _retry_instructions(scenario: Scenario) -> str:
    """Returns instructions without the cause of the failure. A run that will be cancelled has to stay long."""
    return f"Once more, please. {scenario.marker if scenario.end is JobStatus.CANCELLED else ''}".strip()


def _push(job: Job) -> PlannedPush | None:
    """Returns the push of the attempt's commit, if the job has gates and no push has named the commit."""
    after = commit(job.id, job.attempt)
    if not job.gates or after in job.pushed_commits:
        return None
    before = job.pushed_commits[-1] if job.pushed_commits else NO_COMMIT
    is_sent_twice = after[0] in TWICE
    return PlannedPush(job.repository or "", job.push_branch, before, after, is_sent_twice)


def _report(scenario: Scenario, job: Job) -> PlannedRequest | None:
    """Returns the report of the first pending gate."""
    for number, gate in enumerate(job.gates):
        if gate.status is GateStatus.PENDING:
            fails = gate.id == scenario.failing_gate and job.attempt == 1
            report = {
                "status": "failed" if fails else "passed",
                "commitSha": commit(job.id, job.attempt),
            }
            path = f"/runner-jobs/{job.id}/gates/{gate.id}"
            return PlannedRequest(
                "reporter", "PUT", path, {**report, "attempt": job.attempt}, is_sent_twice=number % 3 == 0
            )
    return None


def commit(job_id: str, attempt: int) -> str:
    """Returns the commit of this attempt, on which the CI reports."""
    return sha256(f"{job_id}:{attempt}".encode()).hexdigest()[:40]
