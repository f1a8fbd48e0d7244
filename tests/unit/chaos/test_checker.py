"""The reckoning of the load with failures is silent where all is well, and names whatever was done to it."""

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
from tests.chaos.checker import Evidence, Run, wrong
from tests.chaos.scenarios import CANCELLED, MENDED, PLAIN, PROVEN, RETRIED, Story, commit, wish
from tests.fakes.simulated_deployment import SimulatedDeployment

MOST_LOOKS = 60
FOUND: dict[str, ReportedStatus] = {"passed": GateStatus.PASSED, "failed": GateStatus.FAILED}


def told(story: Story) -> Evidence:
    """What is left of a job whose people did whatever its story wants."""
    deployment = SimulatedDeployment()
    job = deployment.accept(
        type=story.type, profile=story.profile, repository="acme/shop", instructions=story.marker or "Go"
    )
    passed: set[tuple[str, int, str, str]] = set()
    for _ in range(MOST_LOOKS):
        deployment.run(2)
        job = deployment.reload(job)
        if wanted := wish(story, job):
            verb, body = wanted.path.split("/")[3], wanted.body
            if verb == "retry":
                deployment.control.retry("demo", job.id, "token:ada", body["instructions"])
            elif verb == "cancel":
                deployment.control.cancel("demo", job.id, "token:ada")
            else:
                gate, sha = wanted.path.rpartition("/")[2], commit(job.id, job.attempt)
                deployment.report(job, gate, FOUND[body["status"]], sha)
                passed.add((job.id, job.attempt, gate, sha))
    deployment.run_until(deployment.is_idle)
    job = deployment.reload(job)
    log = deployment.events.page("demo", job.id, None, 1000)
    runs = [Run(call.key or "", call.scheduled_run_id) for call in deployment.gateway.model_calls]
    return Evidence(story, job, log, passed, runs)


@pytest.mark.parametrize("story", [PLAIN, PROVEN, MENDED, CANCELLED, RETRIED], ids=lambda story: story.name)
def test_nothing_is_wrong_with_a_story_that_went_well(story: Story) -> None:
    known = told(story)
    assert list(wrong(known)) == []
    assert known.job.status is story.end


def sealed_anew(job: Job, log: list[Event]) -> tuple[Job, list[Event]]:
    """A log that says something else, with hashes that fit: as a product that did it would have recorded it."""
    chain, made = None, []
    for version in range(1, job.version + 1):
        events = [event for event in log if event.version == version]
        placed = [
            event.model_copy(update={"id": f"{job.id}-{version}-{index}", "index": index})
            for index, event in enumerate(events)
        ]
        chain = link(chain, job.workspace_id, job.id, placed)
        made += [event.model_copy(update={"hash": chain}) for event in placed]
    return job.model_copy(update={"chain": chain}), made


def saying(known: Evidence, *more: tuple[EventType, dict[str, Any]]) -> Evidence:
    """With more events in the last version."""
    last = known.log[-1]
    added = [last.model_copy(update={"type": kind, "payload": payload}) for kind, payload in more]
    job, log = sealed_anew(known.job, [*known.log, *added])
    return replace(known, job=job, log=log)


def without(known: Evidence, kind: EventType) -> Evidence:
    """As if this had never been said."""
    kept = [event for event in known.log if event.type is not kind]
    job, log = sealed_anew(known.job, kept)
    return replace(known, job=job, log=log)


def with_gate(known: Evidence, **changes: Any) -> Evidence:
    first, *others = known.job.gates
    return replace(
        known, job=known.job.model_copy(update={"gates": (first.model_copy(update=changes), *others)})
    )


def edited(known: Evidence) -> Evidence:
    first, *others = known.log
    return replace(known, log=[first.model_copy(update={"actor": "eve"}), *others])


def unreported(known: Evidence) -> Evidence:
    first = known.job.gates[0].id
    return replace(known, passed={told for told in known.passed if told[2] != first})


def failed_for(known: Evidence, code: str) -> Evidence:
    return saying(
        without(known, EventType.JOB_COMPLETED), (EventType.JOB_FAILED, {"code": code, "title": "?"})
    )


DAMAGES: dict[str, tuple[Callable[[Evidence], Evidence], str]] = {
    "a version is missing from the log": (
        lambda known: replace(known, log=[event for event in known.log if event.version != 2]),
        "broken (gap): version 2",
    ),
    "the newest version is missing from the log": (
        lambda known: replace(known, log=[one for one in known.log if one.version < known.job.version]),
        "broken (missing_tail)",
    ),
    "nothing is in the log": (lambda known: replace(known, log=[]), "broken (missing_tail)"),
    "an event was changed": (edited, "broken (edit)"),
    "an event is there twice": (
        lambda known: replace(known, log=[*known.log, known.log[-1]]),
        "broken (edit)",
    ),
    "the stored job has another hash": (
        lambda known: replace(known, job=known.job.model_copy(update={"chain": "sha256:" + "0" * 64})),
        "broken (edit)",
    ),
    "there are no hashes": (
        lambda known: replace(
            known,
            job=known.job.model_copy(update={"chain": None}),
            log=[event.model_copy(update={"hash": None}) for event in known.log],
        ),
        "has hashes from version None on only",
    ),
    "it ended twice": (lambda known: saying(known, (EventType.JOB_COMPLETED, {})), "ended 2 times"),
    "it ended in two ways": (lambda known: saying(known, (EventType.JOB_CANCELLED, {})), "ended 2 times"),
    "it never ended": (lambda known: without(known, EventType.JOB_COMPLETED), "never ended"),
    "it is still going on": (
        lambda known: replace(known, job=known.job.model_copy(update={"status": JobStatus.RUNNING})),
        "is RUNNING, and its story wants it COMPLETED",
    ),
    "it went on after its end": (
        lambda known: saying(known, (EventType.JOB_STARTED, {})),
        "went on after its end",
    ),
    "an attempt is not known to the job": (
        lambda known: saying(known, (EventType.JOB_RETRIED, {})),
        "is at attempt 1, and its log knows 2",
    ),
    "it failed for what nobody did": (
        lambda known: failed_for(known, "dead_lettered"),
        "failed for dead_lettered",
    ),
    "an attempt was accepted twice": (
        lambda known: saying(known, (EventType.DISPATCH_ACCEPTED, {"scheduledRunId": "another"})),
        "was accepted 2 times",
    ),
    "an attempt ran twice": (
        lambda known: replace(known, runs=[*known.runs, *known.runs]),
        "ran 2 times",
    ),
    "another run than the one that was accepted": (
        lambda known: replace(known, runs=[replace(run, scheduled_run_id="another") for run in known.runs]),
        "ran as ['another']",
    ),
    "a run of no attempt": (
        lambda known: replace(known, runs=[*known.runs, Run(f"mosaic:{known.job.id}:7", "another")]),
        "which are no attempts",
    ),
    "it never ran": (lambda known: replace(known, runs=[]), "never ran attempt 1"),
    "a gate that has not passed": (
        lambda known: with_gate(known, status=GateStatus.PENDING),
        "gate build is not proven",
    ),
    "a gate that was forced": (
        lambda known: with_gate(known, status=GateStatus.FORCED),
        "gate build is not proven",
    ),
    "a gate that passed on another commit": (
        lambda known: with_gate(known, commit_sha="f" * 40),
        "gate build is not proven",
    ),
    "a gate that nobody has reported": (unreported, "gate build is not proven"),
    "a gate whose passing is missing from the log": (
        lambda known: without(known, EventType.GATE_PASSED),
        "gate build is not proven",
    ),
    "a gate that is not mandatory any more": (
        lambda known: with_gate(known, mandatory=False),
        "has the gates",
    ),
    "a job without its gates": (
        lambda known: replace(known, job=known.job.model_copy(update={"gates": ()})),
        "has the gates []",
    ),
}


@pytest.fixture(scope="module")
def proven() -> Evidence:
    return told(PROVEN)


@pytest.mark.parametrize("name", DAMAGES)
def test_what_is_wrong_is_named(name: str, proven: Evidence) -> None:
    damage, said = DAMAGES[name]
    assert any(said in sentence for sentence in wrong(damage(proven))), list(wrong(damage(proven)))
