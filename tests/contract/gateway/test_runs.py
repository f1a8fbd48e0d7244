"""The outcome of an agent's run, and how often it takes place."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from mosaic.openclaw import callback
from mosaic.openclaw.errors import ScheduleInPast, UnknownAgent
from mosaic.openclaw.model import Accepted
from tests.fakes.gateway_backends import (
    BRIDGE,
    GatewayBackend,
    request,
    wait_for,
    wait_for_outcome,
    wait_until_over,
    wait_until_running,
)

pytestmark = pytest.mark.contract


def test_callback_reports_the_outcome_once(backend: GatewayBackend) -> None:
    run_request = request(backend)
    accepted = backend.gateway.add(run_request)
    assert accepted.created
    assert backend.gateway.outcome(accepted.scheduled_run_id) is None
    outcome = wait_for_outcome(backend, accepted.scheduled_run_id)
    assert (outcome.status, outcome.summary, outcome.error) == ("ok", "STUB-REPLY ok", None)
    assert (outcome.model, outcome.provider) == ("fake-1", "fake")
    assert (outcome.tokens_input, outcome.tokens_output) == (11, 7)
    assert outcome.duration_ms
    assert outcome.run_at
    assert outcome.run_at >= run_request.at - timedelta(milliseconds=1)
    assert not outcome.summary_cut
    [reported] = [callback.parse(body) for body in backend.callbacks.of(run_request.key)]
    assert reported.model_copy(update={"duration_ms": outcome.duration_ms}) == outcome
    assert len(backend.offered(accepted.scheduled_run_id)) == 1


def test_repeated_request_is_one_run(backend: GatewayBackend) -> None:
    run_request = request(
        backend,
        f"SLEEP={backend.long_seconds} once",
        at=backend.now() + timedelta(seconds=2 * backend.lead + 0.5),
    )
    first = backend.gateway.add(run_request)
    assert backend.gateway.add(run_request) == Accepted(
        scheduled_run_id=first.scheduled_run_id, created=False
    )
    wait_until_running(backend, run_request.key)
    with pytest.raises(ScheduleInPast):
        backend.gateway.add(run_request)
    wait_until_over(backend, run_request.key)
    with pytest.raises(ScheduleInPast):
        backend.gateway.add(run_request)
    backend.sleep(backend.quiet)
    assert len(backend.offered(first.scheduled_run_id)) == 1
    assert len(backend.callbacks.of(run_request.key)) == 1


@pytest.mark.parametrize("reached", [wait_until_running, wait_until_over], ids=["during", "after"])
def test_another_time_is_another_run(
    backend: GatewayBackend, reached: Callable[[GatewayBackend, str], object]
) -> None:
    run_request = request(backend, f"SLEEP={backend.short_timeout} twice")
    accepted = backend.gateway.add(run_request)
    reached(backend, run_request.key)
    backend.gateway.add(
        run_request.model_copy(update={"at": backend.now() + timedelta(seconds=backend.lead)})
    )
    wait_for(
        backend, lambda: len(backend.offered(accepted.scheduled_run_id)) == 2 or None, 3 * backend.patience
    )
    backend.gateway.remove(accepted.scheduled_run_id)


def test_another_callback_url_is_the_same_run(backend: GatewayBackend) -> None:
    run_request = request(backend, at=backend.now() + timedelta(seconds=2 * backend.lead + 0.5))
    first = backend.gateway.add(run_request)
    moved = run_request.model_copy(update={"callback_url": run_request.callback_url + "-moved"})
    assert backend.gateway.add(moved) == Accepted(scheduled_run_id=first.scheduled_run_id, created=False)
    assert wait_for_outcome(backend, first.scheduled_run_id).status == "ok"
    backend.sleep(backend.quiet)
    assert len(backend.offered(first.scheduled_run_id)) == 1


def test_past_time_is_refused(backend: GatewayBackend) -> None:
    unknown = request(backend, at=backend.now() - timedelta(seconds=1))
    with pytest.raises(ScheduleInPast):
        backend.gateway.add(unknown)
    assert backend.gateway.find(unknown.key) is None
    ran = request(backend)
    accepted = backend.gateway.add(ran)
    outcome = wait_for_outcome(backend, accepted.scheduled_run_id)
    with pytest.raises(ScheduleInPast):
        backend.gateway.add(ran)
    found = backend.gateway.find(ran.key)
    assert found is not None
    assert backend.gateway.outcome(found.id) == outcome


def test_removed_run_cannot_be_requested_again(backend: GatewayBackend) -> None:
    run_request = request(backend)
    accepted = backend.gateway.add(run_request)
    wait_for_outcome(backend, accepted.scheduled_run_id)
    assert backend.gateway.remove(accepted.scheduled_run_id) is True
    with pytest.raises(ScheduleInPast):
        backend.gateway.add(run_request)
    assert backend.gateway.find(run_request.key) is None
    assert len(backend.offered(accepted.scheduled_run_id)) == 1


def test_model_is_offered_the_tools_of_the_run(backend: GatewayBackend) -> None:
    run_request = request(backend, '[[TOOL:write {"path":"x","content":"y"}]]', tools=("read",))
    accepted = backend.gateway.add(run_request)
    assert (
        wait_for_outcome(backend, accepted.scheduled_run_id).summary
        == "STUB-REPLY ok after-tool: Tool write not found"
    )
    assert backend.offered(accepted.scheduled_run_id) == [{"read"} | BRIDGE]


def test_other_tools_are_reached_over_the_bridge(backend: GatewayBackend) -> None:
    accepted = backend.gateway.add(request(backend, agent="main", tools=("web_fetch",)))
    assert wait_for_outcome(backend, accepted.scheduled_run_id).status == "ok"
    assert backend.offered(accepted.scheduled_run_id) == [BRIDGE]


def test_group_offers_its_tools(backend: GatewayBackend) -> None:
    accepted = backend.gateway.add(request(backend, tools=("group:fs",)))
    assert wait_for_outcome(backend, accepted.scheduled_run_id).status == "ok"
    files = {"read", "write", "edit", "apply_patch", "ls"}
    assert backend.offered(accepted.scheduled_run_id) == [files | BRIDGE]


def test_run_without_tools_offers_none(backend: GatewayBackend) -> None:
    accepted = backend.gateway.add(request(backend, tools=()))
    assert wait_for_outcome(backend, accepted.scheduled_run_id).status == "ok"
    assert backend.offered(accepted.scheduled_run_id) == [set()]


def test_run_without_usable_tools_calls_no_model(backend: GatewayBackend) -> None:
    run_request = request(backend, agent="runner", tools=("write",))
    accepted = backend.gateway.add(run_request)
    outcome = wait_for_outcome(backend, accepted.scheduled_run_id)
    assert outcome.status == "error"
    assert outcome.error
    assert outcome.error.startswith("No callable tools remain")
    assert outcome.tokens_input is None
    assert [body["status"] for body in backend.callbacks.of(run_request.key)] == ["error"]
    assert backend.offered(accepted.scheduled_run_id) == []
    assert not wait_until_over(backend, run_request.key).next_run_at


def test_long_reply_is_cut_and_marked(backend: GatewayBackend) -> None:
    accepted = backend.gateway.add(request(backend, "LONG=5000"))
    outcome = wait_for_outcome(backend, accepted.scheduled_run_id)
    assert (outcome.summary, outcome.summary_cut) == ("L" * 2000 + "…", True)


def test_missing_agent_is_named(backend: GatewayBackend) -> None:
    run_request = request(backend, agent="nobody")
    with pytest.raises(UnknownAgent, match=r"no agent 'nobody', it has: .*weaver"):
        backend.gateway.add(run_request)
    assert backend.gateway.find(run_request.key) is None
