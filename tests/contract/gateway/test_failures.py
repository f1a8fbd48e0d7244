"""Removal, refused callbacks, timeouts and failing providers, with the gateway's own reactions."""

from datetime import timedelta

import pytest

from mosaic.openclaw.client import add_params
from mosaic.openclaw.model import RunOutcome
from mosaic.openclaw.rpc import HttpRpc
from tests.fakes.gateway_backends import (
    GatewayBackend,
    HttpGatewayBackend,
    request,
    wait_for,
    wait_for_outcome,
    wait_until_over,
    wait_until_running,
)

pytestmark = pytest.mark.contract


def test_unknown_run_is_absent_without_an_error(backend: GatewayBackend) -> None:
    unknown = "00000000-0000-0000-0000-000000000000"
    assert backend.gateway.find("mosaic:unknown:1") is None
    assert backend.gateway.outcome(unknown) is None
    assert backend.gateway.remove(unknown) is False


def test_keys_differ_up_to_the_last_character(backend: GatewayBackend) -> None:
    longer = request(backend)
    shorter = longer.key[:-1]
    accepted = backend.gateway.add(longer)
    found = backend.gateway.find(longer.key)
    assert found is not None
    assert found.id == accepted.scheduled_run_id
    assert backend.gateway.find(shorter) is None
    assert backend.gateway.find(longer.key + "0") is None


def test_removal_stops_the_turn_without_a_callback(backend: GatewayBackend) -> None:
    run_request = request(backend, f"SLEEP={backend.long_seconds} stop me")
    accepted = backend.gateway.add(run_request)
    wait_until_running(backend, run_request.key)
    assert backend.gateway.remove(accepted.scheduled_run_id) is True
    assert backend.gateway.remove(accepted.scheduled_run_id) is False
    assert backend.gateway.find(run_request.key) is None
    outcome = wait_for_outcome(backend, accepted.scheduled_run_id)
    assert (outcome.status, outcome.error) == ("error", "Cron job removed by operator.")
    backend.sleep(backend.quiet)
    assert backend.callbacks.of(run_request.key) == []


def test_removal_before_the_run_prevents_it(backend: GatewayBackend) -> None:
    accepted = backend.gateway.add(
        request(backend, at=backend.now() + timedelta(seconds=2 * backend.lead + 0.5))
    )
    assert backend.gateway.remove(accepted.scheduled_run_id) is True
    backend.sleep(max(backend.quiet, 2 * backend.lead + 2))
    assert backend.offered(accepted.scheduled_run_id) == []
    assert backend.gateway.outcome(accepted.scheduled_run_id) is None


def test_outcome_survives_removal_during_the_callback(backend: GatewayBackend) -> None:
    run_request = request(backend, path="remove-at-once")
    backend.callbacks.hooks["/remove-at-once"] = lambda body: backend.gateway.remove(body["jobId"])
    accepted = backend.gateway.add(run_request)
    outcome = wait_for_outcome(backend, accepted.scheduled_run_id)
    assert (outcome.status, outcome.summary) == ("ok", "STUB-REPLY ok")
    assert backend.gateway.find(run_request.key) is None


def test_outcome_is_unknown_at_the_callback(backend: GatewayBackend) -> None:
    seen: list[RunOutcome | None] = []
    backend.callbacks.hooks["/look"] = lambda body: seen.append(backend.gateway.outcome(body["jobId"]))
    accepted = backend.gateway.add(request(backend, path="look"))
    wait_for_outcome(backend, accepted.scheduled_run_id)
    assert seen == [None]


def test_refused_callback_is_sent_once(backend: GatewayBackend) -> None:
    run_request = request(backend, path="refuse")
    accepted = backend.gateway.add(run_request)
    assert wait_for_outcome(backend, accepted.scheduled_run_id).status == "ok"
    backend.sleep(backend.quiet)
    assert len(backend.callbacks.of(run_request.key)) == 1


def test_timeout_ends_the_run_without_a_callback(backend: GatewayBackend) -> None:
    message = f"SLEEP={backend.long_seconds} too long"
    run_request = request(backend, message, timeout_seconds=backend.short_timeout)
    accepted = backend.gateway.add(run_request)
    outcome = wait_for_outcome(backend, accepted.scheduled_run_id)
    assert outcome.status == "error"
    assert outcome.was_too_long
    assert wait_until_over(backend, run_request.key).next_run_at is None
    assert backend.callbacks.of(run_request.key) == []


def test_gateway_repeats_a_run_scheduled_at_a_time(http_backend: HttpGatewayBackend) -> None:
    """The reason for the cron expression with a year: see `mosaic.openclaw.client.once`."""
    run_request = request(
        http_backend,
        f"SLEEP={http_backend.long_seconds} too long",
        timeout_seconds=http_backend.short_timeout,
    )
    rpc = HttpRpc(http_backend.url, http_backend.token, connect_timeout=2, read_timeout=10)
    rpc("cron.add", {**add_params(run_request), "schedule": {"kind": "at", "at": run_request.at.isoformat()}})
    again = wait_until_over(http_backend, run_request.key)
    assert again.next_run_at
    assert 20 < (again.next_run_at - http_backend.now()).total_seconds() <= 30
    assert http_backend.gateway.remove(again.id) is True


# ------------------------------------------------------------------ turns


def test_running_turn_is_listed_and_can_be_cancelled(backend: GatewayBackend) -> None:
    run_request = request(backend, f"SLEEP={backend.long_seconds} stop me")
    accepted = backend.gateway.add(run_request)
    wait_until_running(backend, run_request.key)
    [turn] = backend.gateway.running(accepted.scheduled_run_id)
    assert turn.running
    assert backend.gateway.task(turn.id) == turn
    assert backend.gateway.cancel_task(turn.id) is True
    assert backend.gateway.cancel_task(turn.id) is False
    stopped = backend.gateway.task(turn.id)
    assert stopped is not None
    assert not stopped.running
    assert backend.gateway.running(accepted.scheduled_run_id) == ()
    assert wait_for_outcome(backend, accepted.scheduled_run_id).error == "Cancelled by operator."
    assert wait_until_over(backend, run_request.key).next_run_at is None


def test_removed_run_stops(backend: GatewayBackend) -> None:
    run_request = request(backend, f"SLEEP={backend.long_seconds} stop me")
    accepted = backend.gateway.add(run_request)
    wait_until_running(backend, run_request.key)
    [turn] = backend.gateway.running(accepted.scheduled_run_id)
    assert backend.gateway.remove(accepted.scheduled_run_id) is True
    wait_for(backend, lambda: None if backend.gateway.running(accepted.scheduled_run_id) else True, 5)
    stopped = backend.gateway.task(turn.id)
    assert stopped is not None
    assert not stopped.running


def test_unknown_turn_is_absent(backend: GatewayBackend) -> None:
    assert backend.gateway.task("nope") is None
    assert backend.gateway.cancel_task("nope") is False
