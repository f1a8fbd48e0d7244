"""What a run of an agent comes to, and how often it takes place."""

from datetime import timedelta

import pytest

from mosaic.openclaw import callback
from mosaic.openclaw.errors import GatewayUnavailable, ScheduleInPast
from tests.fakes.gateway_worlds import BRIDGE, World, ended, over, request, running, until

pytestmark = pytest.mark.contract


def test_a_run_ends_with_an_outcome_and_one_callback_that_tells_the_same(world: World) -> None:
    asked = request(world)
    accepted = world.gateway.add(asked)
    assert accepted.created
    assert world.gateway.outcome(accepted.declaration_id) is None
    outcome = ended(world, accepted.declaration_id)
    assert (outcome.status, outcome.summary, outcome.error) == ("ok", "STUB-REPLY ok", None)
    assert (outcome.model, outcome.provider) == ("fake-1", "fake")
    assert (outcome.tokens_input, outcome.tokens_output) == (11, 7)
    assert outcome.duration_ms
    assert outcome.run_at
    assert outcome.run_at >= asked.at - timedelta(milliseconds=1)
    [told] = [callback.parse(body) for body in world.callbacks.of(asked.key)]
    assert told.model_copy(update={"duration_ms": outcome.duration_ms}) == outcome
    assert len(world.offered(accepted.declaration_id)) == 1


def test_the_same_request_before_during_and_after_the_run_is_one_run(world: World) -> None:
    asked = request(world, f"SLEEP={world.long_seconds} once", at=world.now() + timedelta(seconds=0.5))
    first = world.gateway.add(asked)
    before = world.gateway.add(asked)
    running(world, asked.key)
    during = world.gateway.add(asked)
    over(world, asked.key)
    after = world.gateway.add(asked)
    assert {before.declaration_id, during.declaration_id, after.declaration_id} == {first.declaration_id}
    assert [again.created for again in (before, during, after)] == [False, False, False]
    world.sleep(world.quiet)
    assert len(world.offered(first.declaration_id)) == 1
    assert len(world.callbacks.of(asked.key)) == 1


def test_another_time_during_the_run_runs_it_again(world: World) -> None:
    asked = request(world, f"SLEEP={world.long_seconds} twice")
    accepted = world.gateway.add(asked)
    running(world, asked.key)
    world.gateway.add(asked.model_copy(update={"at": world.now() + timedelta(seconds=0.2)}))
    until(world, lambda: len(world.offered(accepted.declaration_id)) == 2 or None, 3 * world.patience)
    world.gateway.remove(accepted.declaration_id)


def test_another_time_after_the_run_does_not_run_it_again(world: World) -> None:
    asked = request(world)
    accepted = world.gateway.add(asked)
    over(world, asked.key)
    world.gateway.add(asked.model_copy(update={"at": world.now() + timedelta(seconds=0.2)}))
    world.sleep(world.quiet)
    assert len(world.offered(accepted.declaration_id)) == 1


def test_a_time_of_half_a_minute_ago_still_runs(world: World) -> None:
    accepted = world.gateway.add(request(world, at=world.now() - timedelta(seconds=30)))
    assert ended(world, accepted.declaration_id).status == "ok"


def test_a_time_of_more_than_a_minute_ago_is_refused_whether_or_not_it_ran(world: World) -> None:
    late = world.now() - timedelta(seconds=61)
    unknown = request(world, at=late)
    with pytest.raises(ScheduleInPast):
        world.gateway.add(unknown)
    assert world.gateway.find(unknown.key) is None
    ran = request(world)
    accepted = world.gateway.add(ran)
    outcome = ended(world, accepted.declaration_id)
    with pytest.raises(ScheduleInPast):
        world.gateway.add(ran.model_copy(update={"at": late}))
    found = world.gateway.find(ran.key)
    assert found is not None
    assert world.gateway.outcome(found.id) == outcome


def test_only_the_tools_of_the_run_are_offered(world: World) -> None:
    asked = request(world, '[[TOOL:write {"path":"x","content":"y"}]]', tools=("read",))
    accepted = world.gateway.add(asked)
    assert ended(world, accepted.declaration_id).summary == "STUB-REPLY ok after-tool: Tool write not found"
    assert world.offered(accepted.declaration_id) == [{"read"} | BRIDGE]


def test_tools_beyond_files_and_commands_are_reached_over_the_bridge(world: World) -> None:
    accepted = world.gateway.add(request(world, agent="main", tools=("web_fetch",)))
    assert ended(world, accepted.declaration_id).status == "ok"
    assert world.offered(accepted.declaration_id) == [BRIDGE]


def test_a_group_stands_for_its_tools(world: World) -> None:
    accepted = world.gateway.add(request(world, tools=("group:fs",)))
    assert ended(world, accepted.declaration_id).status == "ok"
    files = {"read", "write", "edit", "apply_patch", "ls"}
    assert world.offered(accepted.declaration_id) == [files | BRIDGE]


def test_a_run_without_tools_is_offered_none(world: World) -> None:
    accepted = world.gateway.add(request(world, tools=()))
    assert ended(world, accepted.declaration_id).status == "ok"
    assert world.offered(accepted.declaration_id) == [set()]


def test_tools_that_the_agent_may_never_use_end_the_run_before_the_model(world: World) -> None:
    asked = request(world, agent="runner", tools=("write",))
    accepted = world.gateway.add(asked)
    outcome = ended(world, accepted.declaration_id)
    assert outcome.status == "error"
    assert outcome.error
    assert outcome.error.startswith("No callable tools remain")
    assert outcome.tokens_input is None
    assert [body["status"] for body in world.callbacks.of(asked.key)] == ["error"]
    assert world.offered(accepted.declaration_id) == []
    assert not over(world, asked.key).next_run_at


def test_a_long_reply_is_cut_and_marked(world: World) -> None:
    accepted = world.gateway.add(request(world, "LONG=5000"))
    assert ended(world, accepted.declaration_id).summary == "L" * 2000 + "…"


def test_an_agent_that_the_gateway_does_not_know_looks_like_a_broken_gateway(world: World) -> None:
    asked = request(world, agent="nobody")
    with pytest.raises(GatewayUnavailable):
        world.gateway.add(asked)
    assert world.gateway.find(asked.key) is None
