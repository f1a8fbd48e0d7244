"""One suite over the fake, the stand-in and, where OPENCLAW_URL names one, a real OpenClaw."""

import os
from collections.abc import Iterator

import pytest

from local.gateway.rate_limits import REAL_LIMIT
from local.gateway.stand_in import StandInGateway
from mosaic.openclaw.client import Gateway
from tests.fakes.gateway_backends import (
    FakeBackend,
    GatewayBackend,
    HttpBackend,
    HttpGatewayBackend,
    OpenClawBackend,
    StandInBackend,
)

FIXTURES = {"stand-in": "stand_in_backend", "openclaw": "openclaw_backend"}
BACKENDS = ["fake", "stand-in", *(["openclaw"] if "OPENCLAW_URL" in os.environ else [])]


@pytest.fixture(scope="session")
def stand_in_backend() -> Iterator[StandInBackend]:
    backend = StandInBackend()
    yield backend
    backend.close()


@pytest.fixture(scope="session")
def openclaw_backend() -> Iterator[OpenClawBackend]:
    backend = OpenClawBackend()
    yield backend
    backend.close()


@pytest.fixture(params=BACKENDS[1:])
def http_backend(request: pytest.FixtureRequest) -> HttpGatewayBackend:
    """The backend of a gateway that is called over HTTP."""
    backend: HttpGatewayBackend = request.getfixturevalue(FIXTURES[request.param])
    return backend


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> GatewayBackend:
    if request.param == "fake":
        return FakeBackend()
    backend: GatewayBackend = request.getfixturevalue(FIXTURES[request.param])
    return backend


@pytest.fixture(params=BACKENDS[1:])
def limited(request: pytest.FixtureRequest) -> Iterator[Gateway]:
    """A gateway with the real limit on writes."""
    if request.param == "openclaw":
        backend: HttpBackend = request.getfixturevalue("openclaw_backend")
        yield Gateway.connect(backend.url, backend.token)
        return
    stand_in = StandInGateway("token", "callback-token", writes_per_minute=REAL_LIMIT)
    stand_in.start()
    yield Gateway.connect(stand_in.url, "token")
    stand_in.stop()
