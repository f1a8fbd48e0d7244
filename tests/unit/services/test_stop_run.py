"""A run is removed, and what goes on in spite of that is cancelled by itself."""

from __future__ import annotations

import pytest

from mosaic.jobs.model import Job
from mosaic.jobs.value_objects import Declaration
from mosaic.services.stop_run import RunStopper, forget, stop
from tests.fakes.simulated_deployment import World


def running(world: World) -> Job:
    job = world.attend(world.accept(instructions="SLEEP=600"))
    world.pass_time(2)
    return world.again(job)


def declaration(job: Job, *, with_id: bool = True) -> Declaration:
    assert job.dispatch
    return Declaration(key=job.dispatch.key, id=job.dispatch.declaration_id if with_id else None)


@pytest.mark.parametrize("with_id", [True, False])
def test_a_run_that_is_stopped_is_gone_and_over(world: World, with_id: bool) -> None:
    job = running(world)
    held = declaration(job, with_id=with_id)
    assert stop(world.gateway, held) == RunStopper(held=True, over=True)
    assert world.gateway.find(held.key) is None
    assert world.gateway.next_event() is None
    assert stop(world.gateway, held) == RunStopper(held=False, over=True)


def test_a_run_that_nobody_knows_is_over(world: World) -> None:
    assert stop(world.gateway, Declaration(key="mosaic:unknown:1")) == RunStopper(held=False, over=True)


def test_the_turn_of_a_run_that_is_forgotten_is_left_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = declaration(running(world))
    monkeypatch.setattr(world.gateway, "remove", lambda _id: True)
    assert forget(world.gateway, held) == RunStopper(held=True, over=True)
    assert len(world.gateway.running(held.id or "")) == 1


def test_a_turn_that_outlives_the_removal_is_cancelled(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    held = declaration(running(world))
    monkeypatch.setattr(world.gateway, "remove", lambda _id: True)
    assert stop(world.gateway, held) == RunStopper(held=True, over=True)
    assert world.gateway.running(held.id or "") == ()


def test_a_turn_that_nothing_stops_is_not_said_to_be_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = declaration(running(world))
    monkeypatch.setattr(world.gateway, "remove", lambda _id: True)
    monkeypatch.setattr(world.gateway, "cancel_task", lambda _id: False)
    stopped = stop(world.gateway, held)
    assert stopped == RunStopper(held=True, over=False)
    assert "goes on" in stopped.said
