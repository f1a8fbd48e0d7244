"""A crash at any call, before or after it takes effect: every job ends once, and its log is complete.

Each scenario runs once to count its calls, then once for every call and crash point. Callers retry as clients
do; queue, stream and schedule redeliver as AWS does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from typing import TypeVar, get_args

import pytest

from mosaic.jobs.approval import Answer
from mosaic.jobs.errors import IllegalTransition, StaleJob
from mosaic.jobs.lifecycle import ENDED
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Phase
from mosaic.services.accept_job import ClaimKey
from mosaic.services.record_events import record
from tests.fakes.crash_injector import ConcurrentChange, CrashInjector, Moment, ProcessKilled
from tests.fakes.simulated_deployment import SimulatedDeployment
from tests.fakes.storage.event_log import FakeEventLog

T = TypeVar("T")


def retried(call: Callable[[], T]) -> T:
    """Returns the response to a request, repeated when its function crashed."""
    try:
        return call()
    except ProcessKilled:
        return call()


def accepted(deployment: SimulatedDeployment, **fields: object) -> Job:
    claim = ClaimKey("key#1", "the request")
    return retried(lambda: deployment.accept(claim, repository="acme/shop", **fields))


def completes(deployment: SimulatedDeployment) -> Job:
    """Created, dispatched, called back, validated, completed, and removed from the gateway."""
    job = accepted(deployment, type="code-task", profile="weaver")
    deployment.run_until(lambda: deployment.reload(job).phase is Phase.VALIDATION)
    retried(lambda: deployment.push(job))
    for gate in deployment.reload(job).gates:
        retried(lambda gate=gate: deployment.report(job, gate.id))  # type: ignore[misc]  # bound at once
        deployment.run(1)
    return job


def is_plain(deployment: SimulatedDeployment) -> Job:
    """Accepted, run, completed."""
    return accepted(deployment)


def is_cancelled(deployment: SimulatedDeployment) -> Job:
    """Cancelled while the agent works."""
    job = accepted(deployment, instructions="SLEEP=300")
    deployment.run_until(lambda: deployment.reload(job).phase is Phase.EXECUTION)
    retried(lambda: deployment.control.cancel("demo", job.id, "token:ada", "never mind"))
    return job


def is_tried_again(deployment: SimulatedDeployment) -> Job:
    """Failed by the provider, and retried with a request that the provider can answer."""
    job = accepted(deployment, instructions="FAIL500")
    deployment.run_until(lambda: deployment.reload(job).status is JobStatus.FAILED)
    with suppress(IllegalTransition):  # the error of the second try when the first one took effect
        retried(lambda: deployment.control.retry("demo", job.id, "token:ada", "Say hello", role="member"))
    return job


def is_approved(deployment: SimulatedDeployment) -> Job:
    """Requests more than is granted; an admin approves it, for later jobs too."""
    job = accepted(deployment, type="review", profile="weaver", requested_capabilities=("git:push",))
    deployment.run_until(lambda: deployment.reload(job).status is JobStatus.PENDING)
    until = deployment.clock() + timedelta(days=1)
    answer = Answer(approved=True, actor="token:eve", reason="go on", until=until)
    retried(lambda: deployment.approvals.answer("demo", job.id, answer))
    stored = deployment.access.workspace("demo")
    assert stored
    assert [(one.approved_by, one.until) for one in stored.standing_approvals] == [("token:eve", until)]
    return job


def waits_for_the_gateway(deployment: SimulatedDeployment) -> Job:
    """Dispatched to a gateway that is unreachable for a while and then loses its responses."""
    deployment.gateway.down = True
    job = accepted(deployment)
    deployment.run(8)
    deployment.gateway.down, deployment.gateway.losing_answers = False, True
    deployment.run(30)
    deployment.gateway.losing_answers = False
    return job


LIVES: dict[Callable[[SimulatedDeployment], Job], frozenset[JobStatus]] = {
    completes: frozenset({JobStatus.COMPLETED}),
    is_cancelled: frozenset({JobStatus.CANCELLED}),
    is_tried_again: frozenset({JobStatus.COMPLETED}),
    is_approved: frozenset({JobStatus.COMPLETED}),
    waits_for_the_gateway: frozenset({JobStatus.COMPLETED}),
}


def crash_points(live: Callable[[SimulatedDeployment], Job]) -> Iterator[tuple[int, Moment]]:
    """Returns the crash points of a scenario: every call of a run without a crash, before and after it."""
    counted = CrashInjector()
    deployment = SimulatedDeployment(counted)
    live(deployment)
    deployment.run_until(deployment.is_idle)
    for at in range(1, len(counted.calls) + 1):
        for moment in get_args(Moment):
            yield at, moment


def check(deployment: SimulatedDeployment, ends: frozenset[JobStatus]) -> None:
    """Checks the invariants of an idle deployment."""
    (job,) = deployment.jobs.everything()
    assert job.status in ends
    assert deployment.jobs.next_due() is None, "somebody still has to look at the job"
    assert deployment.queue.dead == []
    check_runs(deployment, job)
    assert job.status is not JobStatus.COMPLETED or all(gate.status == "PASSED" for gate in job.gates)
    assert all(deployment.gateway.find(declared.key) is None for declared in job.run_handles)
    check_record(deployment, job)


def check_runs(deployment: SimulatedDeployment, job: Job) -> None:
    """Checks that the gateway took and ran each attempt once; it may repeat a failed run by itself."""
    calls = deployment.gateway.model_calls
    declared = {(call.key, call.scheduled_run_id) for call in calls}
    assert len(declared) == len({key for key, _ in declared}), "an attempt was accepted more than once"
    last = [call for call in calls if job.dispatch and call.key == job.dispatch.key]
    assert len(last) <= 1, "the last attempt ran more than once"


def check_record(deployment: SimulatedDeployment, job: Job) -> None:
    """Checks that each version is logged once, that each attempt has one end, and that a replay changes
    nothing.
    """
    log = deployment.events.everything()
    events = deployment.events.page(job.workspace_id, job.id, None, 10_000)
    assert sorted({event.version for event in events}) == list(range(1, job.version + 1))
    for before, after in pairwise(events):
        assert (after.version, after.index) in ((before.version, before.index + 1), (before.version + 1, 0))
    ends = [
        new.attempt
        for old, new in deployment.jobs.stream
        if new.status in ENDED and old and old.status not in ENDED
    ]
    assert max(Counter(ends).values()) == 1
    again = FakeEventLog()
    for _ in range(2):
        for old, new in deployment.jobs.stream:
            record(old, new, again)
    assert again.everything() == log


@pytest.mark.parametrize("live", LIVES, ids=lambda live: live.__name__)
def test_scenario_without_crash_ends(live: Callable[[SimulatedDeployment], Job]) -> None:
    deployment = SimulatedDeployment()
    live(deployment)
    deployment.run_until(deployment.is_idle)
    check(deployment, LIVES[live])


@pytest.mark.parametrize("live", LIVES, ids=lambda live: live.__name__)
def test_job_ends_after_a_crash_at_any_call(live: Callable[[SimulatedDeployment], Job]) -> None:
    for at, moment in crash_points(live):
        crashes = CrashInjector(at, moment)
        deployment = SimulatedDeployment(crashes)
        live(deployment)
        deployment.run_until(deployment.is_idle)
        try:
            check(deployment, LIVES[live])
        except AssertionError as failed:
            raise AssertionError(f"crash {moment} call {at}, {crashes.calls[at - 1]}: {failed}") from failed


def cancel(deployment: SimulatedDeployment) -> None:
    for job in deployment.jobs.everything():
        with suppress(IllegalTransition):
            deployment.control.cancel("demo", job.id, "token:eve")


def second_message(deployment: SimulatedDeployment) -> None:
    for job in deployment.jobs.everything():
        with suppress(StaleJob):
            deployment.process(job)


ACTS: dict[Callable[[SimulatedDeployment], None], frozenset[JobStatus]] = {
    cancel: frozenset({JobStatus.COMPLETED, JobStatus.CANCELLED}),
    second_message: frozenset({JobStatus.COMPLETED}),
    lambda deployment: deployment.gateway.restart(): frozenset({JobStatus.COMPLETED, JobStatus.FAILED}),
    lambda deployment: deployment.run(1): frozenset({JobStatus.COMPLETED}),
    lambda deployment: deployment.run(100): frozenset({JobStatus.COMPLETED}),
}


@pytest.mark.parametrize(
    "act", ACTS, ids=["cancel", "second message", "gateway restart", "a second", "a while"]
)
def test_job_ends_after_any_interleaving(
    act: Callable[[SimulatedDeployment], None],
) -> None:
    counted = CrashInjector()
    plain = SimulatedDeployment(counted)
    is_plain(plain)
    plain.run_until(plain.is_idle)
    for before in range(1, len(counted.calls) + 1):
        meanwhile = ConcurrentChange(before)
        deployment = SimulatedDeployment(meanwhile)
        meanwhile.act = lambda deployment=deployment: act(deployment)
        is_plain(deployment)
        deployment.run_until(deployment.is_idle)
        try:
            check(deployment, ACTS[act])
        except AssertionError as failed:
            raise AssertionError(f"before call {before}, {meanwhile.calls[before - 1]}: {failed}") from failed
