"""One suite over the fake, the stand-in and, where OPENCLAW_URL names one, a real OpenClaw."""

import os
from collections.abc import Iterator

import pytest

from local.gateway.rate_limits import REAL_LIMIT
from local.gateway.stand_in import StandInGateway
from mosaic.openclaw.client import Gateway
from tests.fakes.gateway_backends import FakeWorld, HttpWorld, OpenClawWorld, OverHttp, StandInWorld, World

FIXTURES = {"stand-in": "stand_in_world", "openclaw": "openclaw_world"}
WORLDS = ["fake", "stand-in", *(["openclaw"] if "OPENCLAW_URL" in os.environ else [])]


@pytest.fixture(scope="session")
def stand_in_world() -> Iterator[StandInWorld]:
    world = StandInWorld()
    yield world
    world.close()


@pytest.fixture(scope="session")
def openclaw_world() -> Iterator[OpenClawWorld]:
    world = OpenClawWorld()
    yield world
    world.close()


@pytest.fixture(params=WORLDS[1:])
def door(request: pytest.FixtureRequest) -> OverHttp:
    """A gateway that is reached over HTTP."""
    world: OverHttp = request.getfixturevalue(FIXTURES[request.param])
    return world


@pytest.fixture(params=WORLDS)
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "fake":
        return FakeWorld()
    world: World = request.getfixturevalue(FIXTURES[request.param])
    return world


@pytest.fixture(params=WORLDS[1:])
def limited(request: pytest.FixtureRequest) -> Iterator[Gateway]:
    """A gateway with the real limit on writes."""
    if request.param == "openclaw":
        world: HttpWorld = request.getfixturevalue("openclaw_world")
        yield Gateway.connect(world.url, world.token)
        return
    stand_in = StandInGateway("token", "callback-token", writes_per_minute=REAL_LIMIT)
    stand_in.start()
    yield Gateway.connect(stand_in.url, "token")
    stand_in.stop()
