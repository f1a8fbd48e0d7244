"""A workspace connects repositories, each with a secret of its own."""

from __future__ import annotations

from itertools import count

import pytest

from mosaic.access.connections import (
    AlreadyConnected,
    ConnectionNotFound,
    RepositoryNotAllowed,
    TooManyConnections,
    covers,
)
from mosaic.access.model import Repository, Workspace
from mosaic.services import connect_repository
from mosaic.services.connect_repository import RepositoryConnections
from mosaic.storage.secrets import SecretUnavailable
from tests.fakes.clock import FakeClock
from tests.fakes.storage.access import FakeAccess
from tests.fakes.storage.connections import FakeConnections
from tests.fakes.storage.secrets import FakeSecrets

ACME = Workspace(id="acme")


class Setup:
    """The service over fakes."""

    def __init__(self) -> None:
        self.secrets, self.clock, numbers = FakeSecrets({}), FakeClock(), count(1)
        self.stored = FakeConnections(FakeAccess())
        self.service = RepositoryConnections(
            self.stored, self.secrets, "stack/connection/", self.clock, lambda _: str(next(numbers))
        )

    def secret(self, number: int) -> str | None:
        """Returns the stored secret with this number, or None."""
        try:
            return str(self.secrets.get(f"stack/connection/{number}")["secret"])
        except SecretUnavailable:
            return None


def test_each_connection_has_its_own_secret() -> None:
    setup = Setup()
    first, secret = setup.service.connect(ACME, "github", "acme/shop", "token:1")
    second, other = setup.service.connect(ACME, "gitea", "acme/shop", "token:1")

    assert (first.status, first.created_by) == ("pending", "token:1")
    assert len(secret) == 64
    assert [secret, other] == [setup.secret(1), setup.secret(2)]
    assert secret != other
    assert secret not in first.model_dump_json()
    assert setup.service.of_workspace("acme") == (second, first)


def test_other_workspaces_change_no_answer() -> None:
    setup = Setup()
    setup.service.connect(Workspace(id="victim"), "github", "acme/shop", "token:2")
    made, _ = setup.service.connect(ACME, "github", "acme/shop", "token:1")
    assert made.status == "pending"


@pytest.mark.parametrize("name", ["acme/shop", "ACME/Shop"])
def test_second_connection_is_refused_without_trace(name: str) -> None:
    setup = Setup()
    setup.service.connect(ACME, "github", "acme/shop", "token:1")
    with pytest.raises(AlreadyConnected):
        setup.service.connect(ACME, "github", name, "token:1")
    assert setup.secret(1)
    assert setup.secret(2) is None


def test_repository_with_the_shared_secret_is_refused() -> None:
    named = Workspace(id="acme", repositories=(Repository(provider="github", name="Acme/Shop"),))
    with pytest.raises(AlreadyConnected):
        Setup().service.connect(named, "github", "acme/shop", "token:1")


def test_rotation_keeps_the_previous_secret() -> None:
    setup = Setup()
    _, first = setup.service.connect(ACME, "github", "acme/shop", "token:1")
    setup.clock.forward(60)
    rotated, second = setup.service.rotate("acme", "github", "Acme/shop", "token:1")

    assert [setup.secret(int(one[-1])) for one in rotated.valid_secret_ids(setup.clock())] == [second, first]
    again, third = setup.service.rotate("acme", "github", "acme/shop", "token:1")
    assert [setup.secret(int(one[-1])) for one in again.secret_ids] == [third, second]
    assert setup.secret(1) is None


def test_leaked_secret_can_end_at_once() -> None:
    setup = Setup()
    setup.service.connect(ACME, "github", "acme/shop", "token:1")
    rotated, _ = setup.service.rotate("acme", "github", "acme/shop", "token:1", retire_previous=True)

    assert len(rotated.valid_secret_ids(setup.clock())) == 1
    assert setup.secret(1) is None


def test_removed_connection_leaves_no_secret() -> None:
    setup = Setup()
    setup.service.connect(ACME, "github", "acme/shop", "token:1")
    setup.service.rotate("acme", "github", "acme/shop", "token:1")
    setup.service.disconnect("acme", "github", "acme/shop", "token:1")

    assert [setup.secret(1), setup.secret(2)] == [None, None]
    assert setup.service.of_workspace("acme") == ()


@pytest.mark.parametrize("workspace", ["other", "acme"])
def test_unknown_connection_is_not_found(workspace: str) -> None:
    setup = Setup()
    setup.service.connect(ACME, "github", "acme/shop", "token:1")
    name = "acme/shop" if workspace == "other" else "acme/other"
    for change in (setup.service.rotate, setup.service.disconnect):
        with pytest.raises(ConnectionNotFound):
            change(workspace, "github", name, "token:1")


def test_connections_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect_repository, "MAX_CONNECTIONS", 1)
    setup = Setup()
    setup.service.connect(ACME, "github", "acme/shop", "token:1")
    with pytest.raises(TooManyConnections):
        setup.service.connect(ACME, "github", "acme/other", "token:1")


CEILINGS = [
    (None, True),
    ((), False),
    (("github:acme/*",), True),
    (("github:ACME/*",), True),
    (("github:acme/shop",), True),
    (("github:*",), True),
    (("gitea:acme/*", "github:acme/shop"), True),
    (("gitea:*",), False),
    (("github:acme/shopping",), False),
    (("github:acm/*",), False),
    (("github:acme*",), False),
    (("*",), False),
]


@pytest.mark.parametrize(("ceiling", "allowed"), CEILINGS)
def test_operator_limits_the_repositories(ceiling: tuple[str, ...] | None, allowed: bool) -> None:
    assert covers(ceiling, "github", "Acme/Shop") is allowed
    limited = Workspace(id="acme", repository_ceiling=ceiling)
    if allowed:
        assert Setup().service.connect(limited, "github", "Acme/Shop", "token:1")
    else:
        with pytest.raises(RepositoryNotAllowed):
            Setup().service.connect(limited, "github", "Acme/Shop", "token:1")
