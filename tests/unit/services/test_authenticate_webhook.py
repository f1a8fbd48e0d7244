"""A delivery is authenticated with the secret of its repository's connection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from mosaic.access.connections import PREVIOUS_SECRET_LIFE, Connection
from mosaic.access.model import Workspace
from mosaic.forge.errors import SignatureError
from mosaic.forge.intent import Provider
from mosaic.forge.signature import TOLERANCE_SECONDS, sign
from mosaic.services.authenticate_webhook import Delivery, WebhookAuthenticator
from mosaic.storage.secrets import SecretUnavailable
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.storage.access import FakeAccess
from tests.fakes.storage.connections import FakeConnections
from tests.fakes.storage.secrets import FakeSecrets

BODY = b'{"a": "delivery"}'
PROVIDERS: tuple[Provider, ...] = ("github", "gitea", "forgejo", "mosaic")
SECRETS = {
    "deployment": {"secret": "shared", "previous": "before"},
    "acme/1": {"secret": "acme secret"},
    "acme/2": {"secret": "newer secret"},
    "evil/1": {"secret": "evil secret"},
    "blank": {"secret": ""},
}

Send = Callable[..., Delivery]


class Setup:
    """An authenticator with the workspaces demo, acme and evil."""

    def __init__(self, *, single_tenant: bool = False) -> None:
        self.clock, self.access, self.secrets = FakeClock(), FakeAccess(), FakeSecrets(SECRETS)
        self.connections = FakeConnections(self.access)
        for name in ("demo", "acme", "evil"):
            self.access.put_workspace(Workspace(id=name))
        self.authenticator = WebhookAuthenticator(
            self.access, self.connections, self.secrets, "deployment", self.clock, single_tenant=single_tenant
        )

    def connect(self, provider: Provider, workspace: str = "acme", **fields: object) -> Connection:
        known = {
            "workspace_id": workspace,
            "provider": provider,
            "name": "acme/shop",
            "secret_ids": (f"{workspace}/1",),
            "created_at": NOON,
            "created_by": "token:1",
        }
        connection = Connection.model_validate({**known, **fields})
        self.connections.add(connection)
        return connection

    def send(
        self, provider: Provider, secret: str, repository: str | None = "acme/shop", age: int = 0
    ) -> str | None:
        """Returns the workspace of a delivery that is signed with this secret."""
        headers = sign(provider, BODY, secret, int(self.clock().timestamp()) - age)
        found = self.authenticator.authenticate(Delivery(provider, headers, BODY, repository, 7))
        return found.id if found else None


@pytest.mark.parametrize("provider", PROVIDERS)
def test_first_signed_delivery_proves_a_connection(provider: Provider) -> None:
    setup = Setup()
    setup.connect(provider)

    assert setup.send(provider, "acme secret", "ACME/Shop") == "acme"
    (proven,) = setup.connections.of_repository(provider, "acme/shop")
    assert (proven.status, proven.repository_id, proven.activated_at) == ("active", 7, NOON)
    assert setup.send(provider, "acme secret") == "acme"


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("single_tenant", [True, False])
@pytest.mark.parametrize("secret", ["shared", "before", "evil secret", "newer secret", "wrong"])
def test_connected_repository_has_no_other_secret(
    provider: Provider, secret: str, single_tenant: bool
) -> None:
    setup = Setup(single_tenant=single_tenant)
    setup.connect(provider, status="active")
    setup.connect(provider, "evil")

    with pytest.raises(SignatureError):
        setup.send(provider, secret)


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("single_tenant", [True, False])
def test_own_id_gives_no_foreign_name(provider: Provider, single_tenant: bool) -> None:
    setup = Setup(single_tenant=single_tenant)
    ours = setup.connect(provider, status="active", repository_id=8)
    theirs = setup.connect(provider, "evil", name="evil/shop", status="active", repository_id=7)

    with pytest.raises(SignatureError):
        setup.send(provider, "evil secret")
    assert setup.connections.of_repository(provider, "acme/shop") == (ours,)
    assert setup.connections.of_repository_id(provider, 7) == theirs


@pytest.mark.parametrize("provider", PROVIDERS)
def test_first_to_prove_a_connection_wins(provider: Provider) -> None:
    setup = Setup()
    for workspace in ("evil", "acme"):
        setup.connect(provider, workspace)

    assert setup.send(provider, "acme secret") == "acme"
    with pytest.raises(SignatureError):
        setup.send(provider, "evil secret")


def test_concurrent_deliveries_have_one_winner() -> None:
    setup = Setup()
    for workspace in ("evil", "acme"):
        setup.connect("github", workspace)
    before = setup.connections.of_repository("github", "acme/shop")
    assert setup.send("github", "acme secret") == "acme"

    read = iter([before])
    stale = FakeConnections(setup.access)
    stale.__dict__.update(setup.connections.__dict__)
    current = stale.of_repository
    stale.of_repository = lambda *name: next(read, None) or current(*name)  # type: ignore[method-assign]
    setup.authenticator = replace(setup.authenticator, connections=stale)

    assert setup.send("github", "evil secret") is None
    assert setup.access.workspace_of("github", "acme/shop") == "acme"


@pytest.mark.parametrize("signed_for", PROVIDERS)
@pytest.mark.parametrize("sent_to", PROVIDERS)
def test_connection_is_of_one_provider(signed_for: Provider, sent_to: Provider) -> None:
    setup = Setup(single_tenant=True)
    setup.connect(signed_for, status="active")

    if signed_for == sent_to:
        assert setup.send(sent_to, "acme secret") == "acme"
    else:
        with pytest.raises(SignatureError):
            setup.send(sent_to, "acme secret")


@pytest.mark.parametrize(
    ("age", "secret", "valid"),
    [
        (timedelta(), "newer secret", True),
        (timedelta(), "acme secret", True),
        (PREVIOUS_SECRET_LIFE - timedelta(seconds=1), "acme secret", True),
        (PREVIOUS_SECRET_LIFE, "acme secret", False),
        (PREVIOUS_SECRET_LIFE, "newer secret", True),
    ],
)
@pytest.mark.parametrize("status", ["pending", "active"])
def test_previous_secret_is_valid_for_some_days(
    age: timedelta, secret: str, valid: bool, status: str
) -> None:
    setup = Setup()
    setup.connect("github", secret_ids=("acme/2", "acme/1"), rotated_at=NOON, status=status)
    setup.clock.forward(age.total_seconds())

    if valid:
        assert setup.send("github", secret) == "acme"
    else:
        with pytest.raises(SignatureError):
            setup.send("github", secret)


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    ("single_tenant", "repository", "secret", "workspace"),
    [
        (True, "demo/shop", "shared", "demo"),
        (True, "demo/shop", "before", "demo"),
        (True, "DEMO/Shop", "shared", "demo"),
        (True, "unknown/shop", "shared", None),
        (True, None, "shared", None),
        (False, "demo/shop", "shared", None),
        (False, "unknown/shop", "shared", None),
    ],
)
def test_shared_secret_counts_for_a_single_tenant(
    provider: Provider, single_tenant: bool, repository: str | None, secret: str, workspace: str | None
) -> None:
    setup = Setup(single_tenant=single_tenant)
    setup.access.connect(provider, "demo/shop", "demo")

    assert setup.send(provider, secret, repository) == workspace


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("repository", ["demo/shop", "unknown/shop", None])
@pytest.mark.parametrize("secret", ["wrong", "acme secret", ""])
def test_delivery_with_another_secret_is_refused(
    provider: Provider, repository: str | None, secret: str
) -> None:
    setup = Setup(single_tenant=True)
    setup.access.connect(provider, "demo/shop", "demo")

    with pytest.raises(SignatureError):
        setup.send(provider, secret, repository)


@pytest.mark.parametrize("sent_to", PROVIDERS)
@pytest.mark.parametrize("signed_for", PROVIDERS)
def test_each_provider_may_have_a_shared_secret(sent_to: Provider, signed_for: Provider) -> None:
    setup = Setup(single_tenant=True)
    setup.access.connect(sent_to, "demo/shop", "demo")
    own: dict[str, str] = {provider: f"{provider} secret" for provider in PROVIDERS}
    secrets = FakeSecrets(
        {"deployment": {"secret": "shared", **own, f"previous{sent_to.capitalize()}": "old"}}
    )
    setup.authenticator = replace(setup.authenticator, secrets=secrets)

    assert setup.send(sent_to, "old", "demo/shop") == "demo"
    if sent_to == signed_for:
        assert setup.send(sent_to, own[signed_for], "demo/shop") == "demo"
    for refused in {"shared", *own.values()} - {own[sent_to]}:
        with pytest.raises(SignatureError):
            setup.send(sent_to, refused, "demo/shop")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_changed_body_is_refused(provider: Provider) -> None:
    setup = Setup()
    setup.connect(provider, status="active")
    headers = sign(provider, BODY, "acme secret", int(setup.clock().timestamp()))

    for changed, body in ((headers, BODY + b" "), ({}, BODY)):
        with pytest.raises(SignatureError):
            setup.authenticator.authenticate(Delivery(provider, changed, body, "acme/shop"))


@pytest.mark.parametrize(("age", "late"), [(TOLERANCE_SECONDS, False), (TOLERANCE_SECONDS + 1, True)])
@pytest.mark.parametrize("direction", [1, -1])
def test_signature_of_the_bot_expires(age: int, late: bool, direction: int) -> None:
    setup = Setup()
    setup.connect("mosaic", status="active")
    if late:
        with pytest.raises(SignatureError):
            setup.send("mosaic", "acme secret", age=age * direction)
    else:
        assert setup.send("mosaic", "acme secret", age=age * direction) == "acme"


def test_unreadable_secret_refuses_all_deliveries() -> None:
    setup = Setup()
    setup.connect("github", status="active", secret_ids=("nowhere",))
    with pytest.raises(SecretUnavailable):
        setup.send("github", "acme secret")


@pytest.mark.parametrize("broken", ["nowhere", "blank"])
def test_unreadable_claim_stops_nobody_else(broken: str) -> None:
    setup = Setup()
    setup.connect("github", "evil", secret_ids=(broken,))
    setup.connect("github", "acme")
    assert setup.send("github", "acme secret") == "acme"


def test_no_workspace_is_read_before_the_signature() -> None:
    setup = Setup()
    setup.connect("github", status="active")
    setup.access.workspace = lambda _: pytest.fail("it was read")  # type: ignore[method-assign, assignment]
    with pytest.raises(SignatureError):
        setup.send("github", "wrong")
