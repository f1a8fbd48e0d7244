"""The checker of a chaos run accepts correct jobs, and names each violation of a corrupt one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mosaic.events.chain import link
from mosaic.events.model import Event, EventType
from mosaic.jobs.gate_evaluation import ReportedStatus
from mosaic.jobs.model import Job
from mosaic.jobs.states import GateStatus, JobStatus
from tests.chaos.checker import Evidence, GatewayRun, violations
from tests.chaos.scenarios import (
    CANCELLED,
    FIXED,
    GATED,
    PLAIN,
    RETRIED,
    PlannedPush,
    Scenario,
    commit,
    next_request,
)
from tests.fakes.simulated_deployment import SimulatedDeployment

MAX_STEPS = 60
REPORTED: dict[str, ReportedStatus] = {"passed": GateStatus.PASSED, "failed": GateStatus.FAILED}


def run_scenario(scenario: Scenario) -> Evidence:
    """Returns the evidence of a job after its scenario."""
    deployment = SimulatedDeployment()
    job = deployment.accept(
        type=scenario.type,
        profile=scenario.profile,
        repository="acme/shop",
        instructions=scenario.marker or "Go",
    )
    passed: set[tuple[str, int, str, str]] = set()
    pushed: set[tuple[str, str]] = set()
    for _ in range(MAX_STEPS):
        deployment.run(2)
        job = deployment.reload(job)
        planned = next_request(scenario, job)
        if isinstance(planned, PlannedPush):
            deployment.push(job, planned.after)
            pushed.add((job.id, planned.after))
        elif planned:
            action, body = planned.path.split("/")[3], planned.body
            if action == "retry":
                deployment.control.retry("demo", job.id, "token:ada", body["instructions"], role="member")
            elif action == "cancel":
                deployment.control.cancel("demo", job.id, "token:ada")
            else:
                gate, sha = planned.path.rpartition("/")[2], commit(job.id, job.attempt)
                deployment.report(job, gate, REPORTED[body["status"]], sha)
                passed.add((job.id, job.attempt, gate, sha))
    deployment.run_until(deployment.is_idle)
    job = deployment.reload(job)
    log = deployment.events.page("demo", job.id, None, 1000)
    runs = [GatewayRun(call.key or "", call.scheduled_run_id) for call in deployment.gateway.model_calls]
    return Evidence(scenario, job, log, passed, pushed, runs)


@pytest.mark.parametrize(
    "scenario", [PLAIN, GATED, FIXED, CANCELLED, RETRIED], ids=lambda scenario: scenario.name
)
def test_scenario_without_failures_has_no_violation(scenario: Scenario) -> None:
    evidence = run_scenario(scenario)
    assert list(violations(evidence)) == []
    assert evidence.job.status is scenario.end


def reseal(job: Job, log: list[Event]) -> tuple[Job, list[Event]]:
    """Renumbers the events and computes their hashes, as a faulty product would have recorded them."""
    chain, sealed = None, []
    for version in range(1, job.version + 1):
        events = [event for event in log if event.version == version]
        indexed = [
            event.model_copy(update={"id": f"{job.id}-{version}-{index}", "index": index})
            for index, event in enumerate(events)
        ]
        chain = link(chain, job.workspace_id, job.id, indexed)
        sealed += [event.model_copy(update={"hash": chain}) for event in indexed]
    return job.model_copy(update={"version_hash": chain}), sealed


def with_events(evidence: Evidence, *more: tuple[EventType, dict[str, Any]]) -> Evidence:
    """Adds events to the last version."""
    last = evidence.log[-1]
    added = [last.model_copy(update={"type": kind, "payload": payload}) for kind, payload in more]
    job, log = reseal(evidence.job, [*evidence.log, *added])
    return replace(evidence, job=job, log=log)


def without(evidence: Evidence, kind: EventType) -> Evidence:
    """Removes all events of a type."""
    kept = [event for event in evidence.log if event.type is not kind]
    job, log = reseal(evidence.job, kept)
    return replace(evidence, job=job, log=log)


def with_gate(evidence: Evidence, **changes: Any) -> Evidence:
    first, *others = evidence.job.gates
    return replace(
        evidence, job=evidence.job.model_copy(update={"gates": (first.model_copy(update=changes), *others)})
    )


def edited(evidence: Evidence) -> Evidence:
    first, *others = evidence.log
    return replace(evidence, log=[first.model_copy(update={"actor": "eve"}), *others])


def without_report(evidence: Evidence) -> Evidence:
    first = evidence.job.gates[0].id
    return replace(evidence, passed={gate for gate in evidence.passed if gate[2] != first})


def failed_for(evidence: Evidence, code: str) -> Evidence:
    return with_events(
        without(evidence, EventType.JOB_COMPLETED), (EventType.JOB_FAILED, {"code": code, "title": "?"})
    )


CORRUPTIONS: dict[str, tuple[Callable[[Evidence], Evidence], str]] = {
    "a version is missing from the log": (
        lambda evidence: replace(evidence, log=[event for event in evidence.log if event.version != 2]),
        "broken (gap): version 2",
    ),
    "the newest version is missing from the log": (
        lambda evidence: replace(
            evidence, log=[event for event in evidence.log if event.version < evidence.job.version]
        ),
        "broken (missing_tail)",
    ),
    "the log is empty": (lambda evidence: replace(evidence, log=[]), "broken (missing_tail)"),
    "an event was changed": (edited, "broken (edit)"),
    "an event is there twice": (
        lambda evidence: replace(evidence, log=[*evidence.log, evidence.log[-1]]),
        "broken (edit)",
    ),
    "the stored job has another hash": (
        lambda evidence: replace(
            evidence, job=evidence.job.model_copy(update={"version_hash": "sha256:" + "0" * 64})
        ),
        "broken (edit)",
    ),
    "there are no hashes": (
        lambda evidence: replace(
            evidence,
            job=evidence.job.model_copy(update={"version_hash": None}),
            log=[event.model_copy(update={"hash": None}) for event in evidence.log],
        ),
        "has hashes only from version None on",
    ),
    "it ended twice": (
        lambda evidence: with_events(evidence, (EventType.JOB_COMPLETED, {})),
        "ended 2 times",
    ),
    "it ended in two ways": (
        lambda evidence: with_events(evidence, (EventType.JOB_CANCELLED, {})),
        "ended 2 times",
    ),
    "it never ended": (lambda evidence: without(evidence, EventType.JOB_COMPLETED), "never ended"),
    "it is still running": (
        lambda evidence: replace(evidence, job=evidence.job.model_copy(update={"status": JobStatus.RUNNING})),
        "is RUNNING instead of COMPLETED",
    ),
    "it continued after its end": (
        lambda evidence: with_events(evidence, (EventType.JOB_STARTED, {})),
        "continued after its end",
    ),
    "the log has more attempts than the job": (
        lambda evidence: with_events(evidence, (EventType.JOB_RETRIED, {})),
        "is at attempt 1 and its log has 2",
    ),
    "it failed for an unexpected reason": (
        lambda evidence: failed_for(evidence, "dead_lettered"),
        "failed for dead_lettered",
    ),
    "an attempt was accepted twice": (
        lambda evidence: with_events(evidence, (EventType.DISPATCH_ACCEPTED, {"scheduledRunId": "another"})),
        "was accepted 2 times",
    ),
    "an attempt ran twice": (
        lambda evidence: replace(evidence, runs=[*evidence.runs, *evidence.runs]),
        "ran 2 times",
    ),
    "a run differs from the accepted one": (
        lambda evidence: replace(
            evidence, runs=[replace(run, scheduled_run_id="another") for run in evidence.runs]
        ),
        "ran as ['another']",
    ),
    "a run belongs to no attempt": (
        lambda evidence: replace(
            evidence, runs=[*evidence.runs, GatewayRun(f"mosaic:{evidence.job.id}:7", "another")]
        ),
        "which are not attempts",
    ),
    "it never ran": (lambda evidence: replace(evidence, runs=[]), "never ran attempt 1"),
    "a gate is pending": (
        lambda evidence: with_gate(evidence, status=GateStatus.PENDING),
        "gate build has not passed",
    ),
    "a gate was overridden": (
        lambda evidence: with_gate(evidence, status=GateStatus.FORCED),
        "gate build has not passed",
    ),
    "a gate passed on another commit": (
        lambda evidence: with_gate(evidence, commit_sha="f" * 40),
        "gate build has not passed",
    ),
    "a gate was not reported": (without_report, "gate build has not passed"),
    "its commit was not pushed": (lambda evidence: replace(evidence, pushed=()), "which no push named"),
    "a passed gate is missing from the log": (
        lambda evidence: without(evidence, EventType.GATE_PASSED),
        "gate build has not passed",
    ),
    "a gate is no longer mandatory": (
        lambda evidence: with_gate(evidence, mandatory=False),
        "has the gates",
    ),
    "a job has no gates": (
        lambda evidence: replace(evidence, job=evidence.job.model_copy(update={"gates": ()})),
        "has the gates []",
    ),
}


@pytest.fixture(scope="module")
def gated() -> Evidence:
    return run_scenario(GATED)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_corrupt_evidence_has_a_violation(name: str, gated: Evidence) -> None:
    corrupt, expected = CORRUPTIONS[name]
    assert any(expected in violation for violation in violations(corrupt(gated))), list(
        violations(corrupt(gated))
    )
