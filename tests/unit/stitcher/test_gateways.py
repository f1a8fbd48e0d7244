"""The stitcher uses the gateway that the operator gave to the workspace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mosaic.access.model import Workspace
from mosaic.openclaw.client import Gateway
from mosaic.storage.secrets import SecretUnavailable
from stitcher import wiring
from tests.fakes.storage.access import FakeAccess
from tests.fakes.storage.secrets import FakeSecrets

ENVIRONMENT = {
    "JOBS_TABLE": "jobs",
    "ACCESS_TABLE": "access",
    "CLAIMS_TABLE": "claims",
    "QUEUE_URL": "https://queue.test/1",
    "URGENT_QUEUE_URL": "https://queue.test/2",
    "OPENCLAW_URL": "https://shared.test",
    "OPENCLAW_SECRET_ID": "openclaw",
    "CALLBACK_SECRET_ID": "callback",
    "RUN_TOKEN_SECRET_ID": "run-token",
    "GATEWAY_PREFIX": "stack/gateway/",
    "PUBLIC_URL": "https://api.test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1",
}
SECRETS = {
    "openclaw": {"token": "shared token"},
    "callback": {"callbackKey": "key"},
    "run-token": {"runTokenKey": "run key"},
    "stack/gateway/eu": {"url": "https://eu.test", "token": "eu token"},
    "stack/gateway/plain": {"url": "http://plain.test", "token": "token"},
    "stack/gateway/none": {"token": "token"},
}
CACHED = ("_settings", "_secrets", "_access", "_stitcher")


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str]]]:
    """The URL and token of each gateway that a stitcher connects to."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    access = FakeAccess()
    connected: list[tuple[str, str]] = []
    for gateway in (None, "eu", "plain", "none", "lost"):
        access.put_workspace(Workspace(id=f"on-{gateway}", gateway=gateway))
    connect = Gateway.connect

    def connected_to(url: str, token: str, **timeouts: Any) -> Gateway:
        connected.append((url, token))
        return connect(url, token, **timeouts)

    for cached in CACHED:
        getattr(wiring, cached).cache_clear()
    monkeypatch.setattr(wiring, "_secrets", lambda: FakeSecrets(SECRETS))
    monkeypatch.setattr(wiring, "_access", lambda: access)
    monkeypatch.setattr(Gateway, "connect", connected_to)
    yield connected
    monkeypatch.undo()
    for cached in CACHED:
        getattr(wiring, cached).cache_clear()


def test_workspace_uses_its_own_gateway(used: list[tuple[str, str]]) -> None:
    shared, own = wiring.stitcher_of("on-None"), wiring.stitcher_of("on-eu")

    assert used == [("https://shared.test", "shared token"), ("https://eu.test", "eu token")]
    assert shared is not own
    assert wiring.stitcher_of("on-eu") is own
    assert wiring.stitcher_of("unknown") is shared


@pytest.mark.parametrize("workspace", ["on-plain", "on-none", "on-lost"])
def test_unusable_gateway_is_not_replaced(used: list[tuple[str, str]], workspace: str) -> None:
    with pytest.raises(SecretUnavailable):
        wiring.stitcher_of(workspace)
    assert used == []
