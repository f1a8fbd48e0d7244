"""A stopped run is removed, and its remaining turns are cancelled."""

from __future__ import annotations

import pytest

from mosaic.jobs.model import Job
from mosaic.jobs.value_objects import RunHandle
from mosaic.services.stop_run import StopResult, remove_ended_run, stop
from tests.fakes.simulated_deployment import SimulatedDeployment


def running(deployment: SimulatedDeployment) -> Job:
    job = deployment.process(deployment.accept(instructions="SLEEP=600"))
    deployment.pass_time(2)
    return deployment.reload(job)


def run_handle(job: Job, *, with_id: bool = True) -> RunHandle:
    assert job.dispatch
    return RunHandle(key=job.dispatch.key, id=job.dispatch.scheduled_run_id if with_id else None)


@pytest.mark.parametrize("with_id", [True, False])
def test_stopped_run_is_removed_and_over(deployment: SimulatedDeployment, with_id: bool) -> None:
    job = running(deployment)
    run = run_handle(job, with_id=with_id)
    assert stop(deployment.gateway, run) == StopResult(existed=True, over=True)
    assert deployment.gateway.find(run.key) is None
    assert deployment.gateway.next_event() is None
    assert stop(deployment.gateway, run) == StopResult(existed=False, over=True)


def test_unknown_run_is_over(deployment: SimulatedDeployment) -> None:
    assert stop(deployment.gateway, RunHandle(key="mosaic:unknown:1")) == StopResult(existed=False, over=True)


def test_forgotten_run_keeps_its_turn(
    deployment: SimulatedDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_handle(running(deployment))
    monkeypatch.setattr(deployment.gateway, "remove", lambda _id: True)
    assert remove_ended_run(deployment.gateway, run) == StopResult(existed=True, over=True)
    assert len(deployment.gateway.running(run.id or "")) == 1


def test_turn_after_removal_is_cancelled(
    deployment: SimulatedDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_handle(running(deployment))
    monkeypatch.setattr(deployment.gateway, "remove", lambda _id: True)
    assert stop(deployment.gateway, run) == StopResult(existed=True, over=True)
    assert deployment.gateway.running(run.id or "") == ()


def test_unstoppable_turn_is_not_over(
    deployment: SimulatedDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_handle(running(deployment))
    monkeypatch.setattr(deployment.gateway, "remove", lambda _id: True)
    monkeypatch.setattr(deployment.gateway, "cancel_task", lambda _id: False)
    stopped = stop(deployment.gateway, run)
    assert stopped == StopResult(existed=True, over=False)
    assert "goes on" in stopped.summary
