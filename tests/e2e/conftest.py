"""The whole system on a free port, once for all tests here, with an agent that thinks fast."""

from collections.abc import Iterator

import pytest

from local.demo import CALLBACK_TOKEN, GATEWAY_TOKEN, Demo, seed
from local.openclaw import StandInGateway
from local.stack import LocalStack


@pytest.fixture(scope="session")
def gateway() -> Iterator[StandInGateway]:
    """The stand-in for OpenClaw that the stack dispatches to."""
    stand_in = StandInGateway(GATEWAY_TOKEN, CALLBACK_TOKEN, think_seconds=0.2)
    stand_in.start()
    yield stand_in
    stand_in.stop()


@pytest.fixture(scope="session")
def stack(gateway: StandInGateway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """The running stack; its functions log to files that a failing test names."""
    logs = tmp_path_factory.mktemp("stack")
    with LocalStack({"OpenClawUrl": gateway.url}, logs=logs) as running:
        broken = running.broken()
        if broken:
            pytest.fail(f"functions do not start: {broken}, see {logs}")
        yield running


@pytest.fixture(scope="session")
def demo(stack: LocalStack) -> Demo:
    """The demo workspace in the stack: its tokens by role, and the webhook secret."""
    return seed(stack)
