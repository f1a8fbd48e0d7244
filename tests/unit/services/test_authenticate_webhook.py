"""A delivery is authenticated with the secret of its repository's workspace."""

from __future__ import annotations

from typing import Any

import pytest

from mosaic.access.model import Workspace
from mosaic.forge.errors import SignatureError
from mosaic.forge.intent import Provider
from mosaic.forge.signature import TOLERANCE_SECONDS, sign
from mosaic.services.authenticate_webhook import WebhookAuthenticator
from mosaic.storage.secrets import SecretUnavailable
from tests.fakes.clock import FakeClock
from tests.fakes.storage.access import FakeAccess
from tests.fakes.storage.secrets import FakeSecrets

BODY = b'{"a": "delivery"}'
PROVIDERS: tuple[Provider, ...] = ("github", "gitea", "mosaic")
HELD: dict[str, dict[str, Any]] = {
    "deployment": {"secret": "ours", "previous": "before"},
    "acme/own": {"secret": "theirs"},
    "blank": {"secret": ""},
}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def access() -> FakeAccess:
    access = FakeAccess()
    for workspace in (
        Workspace(id="demo"),
        Workspace(id="acme", webhook_secret_id="acme/own"),
        Workspace(id="blank", webhook_secret_id="blank"),
        Workspace(id="lost", webhook_secret_id="nowhere"),
    ):
        access.put_workspace(workspace)
    for provider in PROVIDERS:
        for name in ("demo", "acme", "blank", "lost"):
            access.connect(provider, f"{name}/shop", name)
    return access


@pytest.fixture
def authenticator(access: FakeAccess, clock: FakeClock) -> WebhookAuthenticator:
    return WebhookAuthenticator(access, FakeSecrets(HELD), "deployment", clock)


@pytest.fixture
def signed(clock: FakeClock) -> Any:
    def headers(provider: Provider, secret: str, age: int = 0) -> dict[str, str]:
        return sign(provider, BODY, secret, int(clock().timestamp()) - age)

    return headers


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    ("repository", "secret", "workspace"),
    [
        ("demo/shop", "ours", "demo"),
        ("demo/shop", "before", "demo"),
        ("acme/shop", "theirs", "acme"),
        ("ACME/Shop", "theirs", "acme"),
        ("unknown/shop", "ours", None),
        (None, "ours", None),
    ],
)
def test_signed_delivery_finds_its_workspace(
    authenticator: WebhookAuthenticator,
    signed: Any,
    provider: Provider,
    repository: str | None,
    secret: str,
    workspace: str | None,
) -> None:
    admitted = authenticator.authenticate(provider, signed(provider, secret), BODY, repository)
    assert (admitted.id if admitted else None) == workspace


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    ("repository", "secret"),
    [
        ("demo/shop", "wrong"),
        # The deployment's secret does not work for a workspace with its own secret, nor the other way round.
        ("acme/shop", "ours"),
        ("demo/shop", "theirs"),
        ("unknown/shop", "theirs"),
        (None, "theirs"),
        ("blank/shop", ""),
        ("blank/shop", "ours"),
    ],
)
def test_delivery_with_another_secret_is_refused(
    authenticator: WebhookAuthenticator, signed: Any, provider: Provider, repository: str | None, secret: str
) -> None:
    with pytest.raises(SignatureError):
        authenticator.authenticate(provider, signed(provider, secret), BODY, repository)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_changed_body_is_refused(
    authenticator: WebhookAuthenticator, signed: Any, provider: Provider
) -> None:
    with pytest.raises(SignatureError):
        authenticator.authenticate(provider, signed(provider, "ours"), BODY + b" ", "demo/shop")
    with pytest.raises(SignatureError):
        authenticator.authenticate(provider, {}, BODY, "demo/shop")


@pytest.mark.parametrize(("age", "late"), [(TOLERANCE_SECONDS, False), (TOLERANCE_SECONDS + 1, True)])
@pytest.mark.parametrize("direction", [1, -1])
def test_signature_of_the_bot_expires(
    authenticator: WebhookAuthenticator, signed: Any, age: int, late: bool, direction: int
) -> None:
    headers = signed("mosaic", "ours", age * direction)
    if late:
        with pytest.raises(SignatureError):
            authenticator.authenticate("mosaic", headers, BODY, "demo/shop")
    else:
        assert authenticator.authenticate("mosaic", headers, BODY, "demo/shop")


def test_unreadable_secret_refuses_all_deliveries(authenticator: WebhookAuthenticator, signed: Any) -> None:
    with pytest.raises(SecretUnavailable):
        authenticator.authenticate("github", signed("github", "ours"), BODY, "lost/shop")
