"""Removal, refused callbacks, timeouts and failing providers, with what the gateway then does by itself."""

from datetime import timedelta

import pytest

from mosaic.openclaw.client import add_params
from mosaic.openclaw.model import RunOutcome
from mosaic.openclaw.rpc import HttpRpc
from tests.fakes.gateway_backends import OverHttp, World, ended, over, request, running, until

pytestmark = pytest.mark.contract


def test_what_is_unknown_is_absent_not_an_error(world: World) -> None:
    unknown = "00000000-0000-0000-0000-000000000000"
    assert world.gateway.find("mosaic:unknown:1") is None
    assert world.gateway.outcome(unknown) is None
    assert world.gateway.remove(unknown) is False


def test_keys_are_told_apart_to_the_last_character(world: World) -> None:
    longer = request(world)
    shorter = longer.key[:-1]
    accepted = world.gateway.add(longer)
    found = world.gateway.find(longer.key)
    assert found is not None
    assert found.id == accepted.declaration_id
    assert world.gateway.find(shorter) is None
    assert world.gateway.find(longer.key + "0") is None


def test_removal_stops_a_running_turn_without_a_callback(world: World) -> None:
    asked = request(world, f"SLEEP={world.long_seconds} stop me")
    accepted = world.gateway.add(asked)
    running(world, asked.key)
    assert world.gateway.remove(accepted.declaration_id) is True
    assert world.gateway.remove(accepted.declaration_id) is False
    assert world.gateway.find(asked.key) is None
    outcome = ended(world, accepted.declaration_id)
    assert (outcome.status, outcome.error) == ("error", "Cron job removed by operator.")
    world.sleep(world.quiet)
    assert world.callbacks.of(asked.key) == []


def test_removal_before_the_run_prevents_it(world: World) -> None:
    accepted = world.gateway.add(request(world, at=world.now() + timedelta(seconds=2 * world.lead + 0.5)))
    assert world.gateway.remove(accepted.declaration_id) is True
    world.sleep(max(world.quiet, 2 * world.lead + 2))
    assert world.offered(accepted.declaration_id) == []
    assert world.gateway.outcome(accepted.declaration_id) is None


def test_the_outcome_outlives_removal_from_within_the_callback(world: World) -> None:
    asked = request(world, path="remove-at-once")
    world.callbacks.hooks["/remove-at-once"] = lambda body: world.gateway.remove(body["jobId"])
    accepted = world.gateway.add(asked)
    outcome = ended(world, accepted.declaration_id)
    assert (outcome.status, outcome.summary) == ("ok", "STUB-REPLY ok")
    assert world.gateway.find(asked.key) is None


def test_the_outcome_is_not_known_yet_when_the_callback_comes(world: World) -> None:
    seen: list[RunOutcome | None] = []
    world.callbacks.hooks["/look"] = lambda body: seen.append(world.gateway.outcome(body["jobId"]))
    accepted = world.gateway.add(request(world, path="look"))
    ended(world, accepted.declaration_id)
    assert seen == [None]


def test_a_refused_callback_is_sent_once_and_the_outcome_can_be_asked_for(world: World) -> None:
    asked = request(world, path="refuse")
    accepted = world.gateway.add(asked)
    assert ended(world, accepted.declaration_id).status == "ok"
    world.sleep(world.quiet)
    assert len(world.callbacks.of(asked.key)) == 1


def test_a_timeout_sends_no_callback_and_is_the_end_of_it(world: World) -> None:
    message = f"SLEEP={world.long_seconds} too long"
    asked = request(world, message, timeout_seconds=world.short_timeout)
    accepted = world.gateway.add(asked)
    outcome = ended(world, accepted.declaration_id)
    assert outcome.status == "error"
    assert outcome.was_too_long
    assert over(world, asked.key).next_run_at is None
    assert world.callbacks.of(asked.key) == []


def test_what_is_scheduled_at_a_time_would_be_run_again_by_the_gateway_itself(door: OverHttp) -> None:
    """Why a run is scheduled as it is: see `mosaic.openclaw.client.once`."""
    asked = request(door, f"SLEEP={door.long_seconds} too long", timeout_seconds=door.short_timeout)
    rpc = HttpRpc(door.url, door.token, connect_timeout=2, read_timeout=10)
    rpc("cron.add", {**add_params(asked), "schedule": {"kind": "at", "at": asked.at.isoformat()}})
    again = over(door, asked.key)
    assert again.next_run_at
    assert 20 < (again.next_run_at - door.now()).total_seconds() <= 30
    assert door.gateway.remove(again.id) is True


# ------------------------------------------------------------------ turns


def test_a_turn_is_listed_while_it_goes_on_and_can_be_cancelled_by_itself(world: World) -> None:
    asked = request(world, f"SLEEP={world.long_seconds} stop me")
    accepted = world.gateway.add(asked)
    running(world, asked.key)
    [turn] = world.gateway.running(accepted.declaration_id)
    assert turn.running
    assert world.gateway.task(turn.id) == turn
    assert world.gateway.cancel_task(turn.id) is True
    assert world.gateway.cancel_task(turn.id) is False
    stopped = world.gateway.task(turn.id)
    assert stopped is not None
    assert not stopped.running
    assert world.gateway.running(accepted.declaration_id) == ()
    assert ended(world, accepted.declaration_id).error == "Cancelled by operator."
    assert over(world, asked.key).next_run_at is None


def test_a_removed_run_goes_on_no_longer(world: World) -> None:
    asked = request(world, f"SLEEP={world.long_seconds} stop me")
    accepted = world.gateway.add(asked)
    running(world, asked.key)
    [turn] = world.gateway.running(accepted.declaration_id)
    assert world.gateway.remove(accepted.declaration_id) is True
    until(world, lambda: None if world.gateway.running(accepted.declaration_id) else True, 5)
    stopped = world.gateway.task(turn.id)
    assert stopped is not None
    assert not stopped.running


def test_a_turn_that_nobody_knows_is_absent(world: World) -> None:
    assert world.gateway.task("nope") is None
    assert world.gateway.cancel_task("nope") is False
