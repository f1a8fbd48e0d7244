"""A gateway that has never run an agent: its first runs may fail while it makes what it keeps sessions in."""

import pytest

from tests.fakes.gateway_backends import GatewayBackend, ended, request

pytestmark = pytest.mark.first

AGENTS = ("main", "runner", "weaver")
TRIES = 5


def test_every_agent_comes_to_run_well(backend: GatewayBackend) -> None:
    left = set(AGENTS)
    for _ in range(TRIES):
        run_request = {
            agent: backend.gateway.add(request(backend, agent=agent)).scheduled_run_id for agent in left
        }
        left -= {agent for agent, run in run_request.items() if ended(backend, run).status == "ok"}
        if not left:
            break
    assert left == set()
