"""Whoever dies at whichever call, before or after it takes effect: every job ends once, and the record is whole.

Each life is lived once to count its calls, then once for every call and moment to die at. Callers try again as
clients do; queue, stream and schedule come again as AWS's do.
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
from tests.fakes.crash_injector import CrashInjector, Meanwhile, Moment, ProcessKilled
from tests.fakes.event_log import FakeEventLog
from tests.fakes.simulated_deployment import World

T = TypeVar("T")


def insist(call: Callable[[], T]) -> T:
    """The answer, asked for again when whoever was to give it died."""
    try:
        return call()
    except ProcessKilled:
        return call()


def accepted(world: World, **fields: object) -> Job:
    claim = ClaimKey("key#1", "the request")
    return insist(lambda: world.accept(claim, repository="acme/shop", **fields))


def completes(world: World) -> Job:
    """Created, stitched, called back, proven, completed, forgotten by the gateway."""
    job = accepted(world, type="code-task", profile="weaver")
    world.until(lambda: world.again(job).phase is Phase.VALIDATION)
    for gate in world.again(job).gates:
        insist(lambda gate=gate: world.report(job, gate.id))  # type: ignore[misc]  # bound at once
        world.run(1)
    return job


def is_plain(world: World) -> Job:
    """Accepted, run, completed."""
    return accepted(world)


def is_cancelled(world: World) -> Job:
    """Cancelled while the agent works."""
    job = accepted(world, instructions="SLEEP=300")
    world.until(lambda: world.again(job).phase is Phase.EXECUTION)
    insist(lambda: world.control.cancel("demo", job.id, "token:ada", "never mind"))
    return job


def is_tried_again(world: World) -> Job:
    """Failed by the provider, retried with a request that it can answer."""
    job = accepted(world, instructions="FAIL500")
    world.until(lambda: world.again(job).status is JobStatus.FAILED)
    with suppress(IllegalTransition):  # what the second try is told when the first had done it
        insist(lambda: world.control.retry("demo", job.id, "token:ada", "Say hello"))
    return job


def is_approved(world: World) -> Job:
    """Asks for more than is granted, and an admin says yes, for later jobs too."""
    job = accepted(world, type="review", profile="weaver", requested_capabilities=("git:push",))
    world.until(lambda: world.again(job).status is JobStatus.PENDING)
    until = world.clock() + timedelta(days=1)
    said = Answer(approved=True, actor="token:eve", reason="go on", until=until)
    insist(lambda: world.approvals.answer("demo", job.id, said))
    stored = world.access.workspace("demo")
    assert stored
    assert [(one.approved_by, one.until) for one in stored.standing_approvals] == [("token:eve", until)]
    return job


def waits_for_the_gateway(world: World) -> Job:
    """Dispatched to a gateway that is away for a while, then answers into the void for another."""
    world.gateway.down = True
    job = accepted(world)
    world.run(8)
    world.gateway.down, world.gateway.losing_answers = False, True
    world.run(30)
    world.gateway.losing_answers = False
    return job


LIVES: dict[Callable[[World], Job], frozenset[JobStatus]] = {
    completes: frozenset({JobStatus.COMPLETED}),
    is_cancelled: frozenset({JobStatus.CANCELLED}),
    is_tried_again: frozenset({JobStatus.COMPLETED}),
    is_approved: frozenset({JobStatus.COMPLETED}),
    waits_for_the_gateway: frozenset({JobStatus.COMPLETED}),
}


def fates(live: Callable[[World], Job]) -> Iterator[tuple[int, Moment]]:
    """Every call of a life in which nobody dies, at either moment."""
    counted = CrashInjector()
    world = World(counted)
    live(world)
    world.until(world.at_rest)
    for at in range(1, len(counted.calls) + 1):
        for moment in get_args(Moment):
            yield at, moment


def check(world: World, ends: frozenset[JobStatus]) -> None:
    """The invariants that hold of any world at rest."""
    (job,) = world.jobs.everything()
    assert job.status in ends
    assert world.jobs.next_due() is None, "somebody still has to look at the job"
    assert world.queue.dead == []
    check_runs(world, job)
    assert job.status is not JobStatus.COMPLETED or all(gate.status == "PASSED" for gate in job.gates)
    assert all(world.gateway.find(declared.key) is None for declared in job.declarations)
    check_record(world, job)


def check_runs(world: World, job: Job) -> None:
    """The gateway took each attempt once, and ran it once unless the run failed, for then it tries again itself."""
    calls = world.gateway.model_calls
    declared = {(call.key, call.declaration_id) for call in calls}
    assert len(declared) == len({key for key, _ in declared}), "an attempt was accepted more than once"
    last = [call for call in calls if job.dispatch and call.key == job.dispatch.key]
    assert len(last) <= 1, "the last attempt ran more than once"


def check_record(world: World, job: Job) -> None:
    """No version is missing, none is there twice, each ends in no more than one state, and a replay changes nothing."""
    log = world.events.everything()
    events = world.events.page(job.workspace_id, job.id, None, 10_000)
    assert sorted({event.version for event in events}) == list(range(1, job.version + 1))
    for before, after in pairwise(events):
        assert (after.version, after.index) in ((before.version, before.index + 1), (before.version + 1, 0))
    ends = [
        new.attempt
        for old, new in world.jobs.stream
        if new.status in ENDED and old and old.status not in ENDED
    ]
    assert max(Counter(ends).values()) == 1
    again = FakeEventLog()
    for _ in range(2):
        for old, new in world.jobs.stream:
            record(old, new, again)
    assert again.everything() == log


@pytest.mark.parametrize("live", LIVES, ids=lambda live: live.__name__)
def test_a_life_without_death_comes_to_its_end(live: Callable[[World], Job]) -> None:
    world = World()
    live(world)
    world.until(world.at_rest)
    check(world, LIVES[live])


@pytest.mark.parametrize("live", LIVES, ids=lambda live: live.__name__)
def test_whoever_dies_wherever_the_job_comes_to_its_end(live: Callable[[World], Job]) -> None:
    for at, moment in fates(live):
        crashes = CrashInjector(at, moment)
        world = World(crashes)
        live(world)
        world.until(world.at_rest)
        try:
            check(world, LIVES[live])
        except AssertionError as failed:
            raise AssertionError(f"death {moment} call {at}, {crashes.calls[at - 1]}: {failed}") from failed


def cancel(world: World) -> None:
    for job in world.jobs.everything():
        with suppress(IllegalTransition):
            world.control.cancel("demo", job.id, "token:eve")


def second_message(world: World) -> None:
    for job in world.jobs.everything():
        with suppress(StaleJob):
            world.attend(job)


ACTS: dict[Callable[[World], None], frozenset[JobStatus]] = {
    cancel: frozenset({JobStatus.COMPLETED, JobStatus.CANCELLED}),
    second_message: frozenset({JobStatus.COMPLETED}),
    lambda world: world.gateway.restart(): frozenset({JobStatus.COMPLETED, JobStatus.FAILED}),
    lambda world: world.run(1): frozenset({JobStatus.COMPLETED}),
    lambda world: world.run(100): frozenset({JobStatus.COMPLETED}),
}


@pytest.mark.parametrize(
    "act", ACTS, ids=["cancel", "second message", "gateway restart", "a second", "a while"]
)
def test_whatever_happens_between_two_calls_the_job_comes_to_its_end(act: Callable[[World], None]) -> None:
    counted = CrashInjector()
    plain = World(counted)
    is_plain(plain)
    plain.until(plain.at_rest)
    for before in range(1, len(counted.calls) + 1):
        meanwhile = Meanwhile(before)
        world = World(meanwhile)
        meanwhile.act = lambda world=world: act(world)
        is_plain(world)
        world.until(world.at_rest)
        try:
            check(world, ACTS[act])
        except AssertionError as failed:
            raise AssertionError(f"before call {before}, {meanwhile.calls[before - 1]}: {failed}") from failed
