"""What a run of an agent comes to, and how often it takes place."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from mosaic.openclaw import callback
from mosaic.openclaw.errors import ScheduleInPast, UnknownAgent
from mosaic.openclaw.model import Accepted
from tests.fakes.gateway_backends import BRIDGE, World, ended, over, request, running, until

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
    assert not outcome.summary_cut
    [told] = [callback.parse(body) for body in world.callbacks.of(asked.key)]
    assert told.model_copy(update={"duration_ms": outcome.duration_ms}) == outcome
    assert len(world.offered(accepted.declaration_id)) == 1


def test_the_same_request_before_during_and_after_the_run_is_one_run(world: World) -> None:
    asked = request(
        world, f"SLEEP={world.long_seconds} once", at=world.now() + timedelta(seconds=2 * world.lead + 0.5)
    )
    first = world.gateway.add(asked)
    assert world.gateway.add(asked) == Accepted(declaration_id=first.declaration_id, created=False)
    running(world, asked.key)
    with pytest.raises(ScheduleInPast):
        world.gateway.add(asked)
    over(world, asked.key)
    with pytest.raises(ScheduleInPast):
        world.gateway.add(asked)
    world.sleep(world.quiet)
    assert len(world.offered(first.declaration_id)) == 1
    assert len(world.callbacks.of(asked.key)) == 1


@pytest.mark.parametrize("wait_for", [running, over], ids=["during", "after"])
def test_another_time_runs_it_again(world: World, wait_for: Callable[[World, str], object]) -> None:
    asked = request(world, f"SLEEP={world.short_timeout} twice")
    accepted = world.gateway.add(asked)
    wait_for(world, asked.key)
    world.gateway.add(asked.model_copy(update={"at": world.now() + timedelta(seconds=world.lead)}))
    until(world, lambda: len(world.offered(accepted.declaration_id)) == 2 or None, 3 * world.patience)
    world.gateway.remove(accepted.declaration_id)


def test_another_callback_under_the_same_key_and_time_is_no_other_run(world: World) -> None:
    asked = request(world, at=world.now() + timedelta(seconds=2 * world.lead + 0.5))
    first = world.gateway.add(asked)
    moved = asked.model_copy(update={"callback_url": asked.callback_url + "-moved"})
    assert world.gateway.add(moved) == Accepted(declaration_id=first.declaration_id, created=False)
    assert ended(world, first.declaration_id).status == "ok"
    world.sleep(world.quiet)
    assert len(world.offered(first.declaration_id)) == 1


def test_a_time_that_has_come_is_refused_whether_or_not_it_ran(world: World) -> None:
    unknown = request(world, at=world.now() - timedelta(seconds=1))
    with pytest.raises(ScheduleInPast):
        world.gateway.add(unknown)
    assert world.gateway.find(unknown.key) is None
    ran = request(world)
    accepted = world.gateway.add(ran)
    outcome = ended(world, accepted.declaration_id)
    with pytest.raises(ScheduleInPast):
        world.gateway.add(ran)
    found = world.gateway.find(ran.key)
    assert found is not None
    assert world.gateway.outcome(found.id) == outcome


def test_a_run_that_is_gone_cannot_be_asked_for_again(world: World) -> None:
    asked = request(world)
    accepted = world.gateway.add(asked)
    ended(world, accepted.declaration_id)
    assert world.gateway.remove(accepted.declaration_id) is True
    with pytest.raises(ScheduleInPast):
        world.gateway.add(asked)
    assert world.gateway.find(asked.key) is None
    assert len(world.offered(accepted.declaration_id)) == 1


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
    outcome = ended(world, accepted.declaration_id)
    assert (outcome.summary, outcome.summary_cut) == ("L" * 2000 + "…", True)


def test_an_agent_that_the_gateway_does_not_have_is_named(world: World) -> None:
    asked = request(world, agent="nobody")
    with pytest.raises(UnknownAgent, match=r"no agent 'nobody', it has: .*weaver"):
        world.gateway.add(asked)
    assert world.gateway.find(asked.key) is None
