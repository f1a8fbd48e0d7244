"""The state of a gateway after a kill. A real gateway is killed here, so no other test may run beside it."""

from datetime import timedelta

import pytest

from tests.fakes.gateway_backends import (
    GatewayBackend,
    request,
    wait_for,
    wait_for_outcome,
    wait_until_running,
)

pytestmark = [pytest.mark.contract, pytest.mark.alone]


def test_restart_loses_no_run_and_repeats_none(backend: GatewayBackend) -> None:
    done = request(backend)
    outcome = wait_for_outcome(backend, backend.gateway.add(done).scheduled_run_id)
    interrupted = request(backend, f"SLEEP={backend.long_seconds} interrupted")
    cut_off = backend.gateway.add(interrupted).scheduled_run_id
    wait_until_running(backend, interrupted.key)
    wait_for(backend, lambda: backend.offered(cut_off) or None)
    to_come = request(backend, at=backend.now() + timedelta(seconds=2 * backend.lead + 0.5))
    missed = backend.gateway.add(to_come).scheduled_run_id
    backend.restart(4)

    known = backend.gateway.find(done.key)
    assert known is not None
    assert backend.gateway.outcome(known.id) == outcome

    assert wait_for_outcome(backend, cut_off).error == "cron: job interrupted by gateway restart"
    stopped = backend.gateway.find(interrupted.key)
    assert stopped is not None
    assert (stopped.running_since, stopped.next_run_at) == (None, None)
    assert backend.callbacks.of(interrupted.key) == []

    waiting = backend.gateway.find(to_come.key)
    assert waiting is not None
    assert waiting.next_run_at
    assert 60 < (waiting.next_run_at - backend.now()).total_seconds() <= 120
    assert backend.gateway.remove(missed) is True
    assert len(backend.offered(cut_off)) == 1
