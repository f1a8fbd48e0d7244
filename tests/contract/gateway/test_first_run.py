"""A new gateway: its first runs may fail while it creates its session store."""

import pytest

from tests.fakes.gateway_backends import GatewayBackend, request, wait_for_outcome

pytestmark = pytest.mark.first

AGENTS = ("main", "runner", "weaver")
TRIES = 5


def test_each_agent_runs_after_a_while(backend: GatewayBackend) -> None:
    left = set(AGENTS)
    for _ in range(TRIES):
        run_request = {
            agent: backend.gateway.add(request(backend, agent=agent)).scheduled_run_id for agent in left
        }
        left -= {agent for agent, run in run_request.items() if wait_for_outcome(backend, run).status == "ok"}
        if not left:
            break
    assert left == set()
