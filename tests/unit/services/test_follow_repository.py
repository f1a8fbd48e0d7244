"""A connection follows its repository, which is the forge's id, through renames, transfers and deletion."""

from __future__ import annotations

import pytest

from mosaic.access.connections import Connection
from mosaic.access.model import Workspace
from mosaic.forge.errors import SignatureError
from mosaic.forge.signature import sign
from mosaic.services.authenticate_webhook import Delivery, WebhookAuthenticator
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.storage.access import FakeAccess
from tests.fakes.storage.connections import FakeConnections
from tests.fakes.storage.secrets import FakeSecrets

BODY = b'{"a": "delivery"}'
SECRETS = {"deployment": {}, "acme/1": {"secret": "acme secret"}, "evil/1": {"secret": "evil secret"}}


class Setup:
    """An authenticator with the active connection of acme to acme/shop, which has the id 7."""

    def __init__(self) -> None:
        self.clock, self.access = FakeClock(), FakeAccess()
        self.connections = FakeConnections(self.access)
        self.authenticator = WebhookAuthenticator(
            self.access, self.connections, FakeSecrets(SECRETS), "deployment", self.clock
        )
        for name in ("acme", "evil"):
            self.access.put_workspace(Workspace(id=name))
        self.connect("acme", "acme/shop")
        assert self.send("acme/shop", 7) == "acme"

    def connect(self, workspace: str, name: str) -> None:
        self.connections.add(
            Connection(
                workspace_id=workspace,
                provider="github",
                name=name,
                secret_ids=(f"{workspace}/1",),
                created_at=NOON,
                created_by="token:1",
            )
        )

    def send(self, name: str | None, repository_id: int | None, signer: str = "acme") -> str | None:
        """Returns the workspace of a delivery of this repository, signed by that workspace's secret."""
        headers = sign("github", BODY, f"{signer} secret")
        found = self.authenticator.authenticate(Delivery("github", headers, BODY, name, repository_id))
        return found.id if found else None

    def names(self, workspace: str = "acme") -> list[tuple[str, int | None]]:
        return [(one.name, one.repository_id) for one in self.connections.of_workspace(workspace, 10)]


@pytest.fixture
def setup() -> Setup:
    return Setup()


@pytest.mark.parametrize("name", ["acme/store", "other/shop", "Other/Store"])
def test_delivery_of_a_renamed_repository_finds_its_workspace(setup: Setup, name: str) -> None:
    assert setup.send(name, 7) == "acme"
    assert setup.names() == [(name, 7)]
    assert setup.send(name, 7) == "acme"
    assert setup.access.workspace_of("github", "acme/shop") is None


def test_rename_needs_the_secret_of_the_connection(setup: Setup) -> None:
    for signer in ("evil", "wrong"):
        with pytest.raises(SignatureError):
            setup.send("acme/store", 7, signer)
    assert setup.names() == [("acme/shop", 7)]


def test_rename_back_is_followed(setup: Setup) -> None:
    for name in ("acme/store", "acme/shop"):
        assert setup.send(name, 7) == "acme"
    assert setup.names() == [("acme/shop", 7)]


def test_repository_that_is_made_again_gets_its_new_id(setup: Setup) -> None:
    assert setup.send("acme/shop", 8) == "acme"
    assert setup.names() == [("acme/shop", 8)]
    assert setup.connections.of_repository_id("github", 7) is None


def test_delivery_without_an_id_changes_nothing(setup: Setup) -> None:
    assert setup.send("acme/shop", None) == "acme"
    assert setup.names() == [("acme/shop", 7)]


def test_rename_outside_the_ceiling_is_not_followed(setup: Setup) -> None:
    known = setup.access.workspace("acme")
    assert known
    limited = known.model_copy(update={"version": 1, "repository_ceiling": ("github:acme/*",)})
    setup.access.configure(known, limited)
    assert setup.send("other/shop", 7) is None
    assert setup.names() == [("acme/shop", 7)]
    assert setup.send("acme/store", 7) == "acme"


@pytest.mark.parametrize("name", ["acme/shop", "ACME/Shop"])
@pytest.mark.parametrize("repository_id", [9, 7])
def test_foreign_name_with_an_own_id_is_refused(setup: Setup, name: str, repository_id: int) -> None:
    """A workspace signs with a secret of its own, so its body can claim any name."""
    setup.connect("evil", "evil/shop")
    assert setup.send("evil/shop", 9, "evil") == "evil"
    with pytest.raises(SignatureError):
        setup.send(name, repository_id, "evil")
    assert (setup.names(), setup.names("evil")) == ([("acme/shop", 7)], [("evil/shop", 9)])
    assert not setup.access.is_connected("evil", name, ("github",), "github:9")
    assert setup.send("acme/shop", 7) == "acme"


def test_rename_to_a_taken_name_is_refused(setup: Setup) -> None:
    """Another workspace has proven the new name meanwhile."""
    setup.connect("evil", "acme/store")
    assert setup.send("acme/store", 9, "evil") == "evil"
    with pytest.raises(SignatureError):
        setup.send("acme/store", 7)
    assert setup.send("acme/store", 9, "evil") == "evil"
    assert (setup.names(), setup.names("evil")) == ([("acme/shop", 7)], [("acme/store", 9)])


def test_name_that_is_proven_meanwhile_is_not_taken(setup: Setup) -> None:
    setup.connect("evil", "evil/shop")
    assert setup.send("evil/shop", 9, "evil") == "evil"
    (connection,) = setup.connections.of_workspace("evil", 10)
    assert setup.authenticator.changes.renamed(connection, "acme/shop") is None
    assert setup.names("evil") == [("evil/shop", 9)]


def test_name_in_a_configuration_is_not_taken(setup: Setup) -> None:
    setup.access.connect("github", "evil/named", "evil")
    assert setup.send("evil/named", 7) is None
    assert setup.names() == [("acme/shop", 7)]


@pytest.mark.parametrize("is_proven", [True, False])
def test_name_of_an_own_connection_is_kept(setup: Setup, is_proven: bool) -> None:
    setup.connect("acme", "acme/store")
    if is_proven:
        assert setup.send("acme/store", 9) == "acme"
    assert setup.send("acme/store", 7) == "acme"
    assert setup.names() == [("acme/shop", 7), ("acme/store", 9 if is_proven else None)]


def test_name_that_others_only_claim_is_followed(setup: Setup) -> None:
    setup.connect("evil", "acme/store")
    assert setup.send("acme/store", 7) == "acme"
    assert setup.names() == [("acme/store", 7)]


def test_claimed_id_of_another_workspace_is_not_taken(setup: Setup) -> None:
    """A workspace signs with a secret of its own, so its body can claim any id."""
    setup.connect("evil", "evil/shop")
    assert setup.send("evil/shop", 7, "evil") == "evil"
    assert setup.names("evil") == [("evil/shop", None)]
    assert setup.send("acme/store", 7) == "acme"
    assert setup.send("evil/shop", 7, "evil") == "evil"
    assert setup.names() == [("acme/store", 7)]
