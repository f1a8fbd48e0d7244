"""What a gateway that was killed knows when it is back. A real one is killed here: nothing may run beside it."""

from datetime import timedelta

import pytest

from tests.fakes.gateway_backends import World, ended, request, running, until

pytestmark = [pytest.mark.contract, pytest.mark.alone]


def test_after_a_restart_nothing_is_lost_and_nothing_runs_twice(world: World) -> None:
    done = request(world)
    outcome = ended(world, world.gateway.add(done).declaration_id)
    interrupted = request(world, f"SLEEP={world.long_seconds} interrupted")
    cut_off = world.gateway.add(interrupted).declaration_id
    running(world, interrupted.key)
    until(world, lambda: world.offered(cut_off) or None)
    to_come = request(world, at=world.now() + timedelta(seconds=2 * world.lead + 0.5))
    missed = world.gateway.add(to_come).declaration_id
    world.restart(4)

    known = world.gateway.find(done.key)
    assert known is not None
    assert world.gateway.outcome(known.id) == outcome

    assert ended(world, cut_off).error == "cron: job interrupted by gateway restart"
    stopped = world.gateway.find(interrupted.key)
    assert stopped is not None
    assert (stopped.running_since, stopped.next_run_at) == (None, None)
    assert world.callbacks.of(interrupted.key) == []

    waiting = world.gateway.find(to_come.key)
    assert waiting is not None
    assert waiting.next_run_at
    assert 60 < (waiting.next_run_at - world.now()).total_seconds() <= 120
    assert world.gateway.remove(missed) is True
    assert len(world.offered(cut_off)) == 1
