"""Contract of the connections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import product

import pytest

from mosaic.access.connections import Connection
from mosaic.access.errors import RepositoryTaken, StaleAccess
from mosaic.access.model import Repository, Workspace
from mosaic.storage.access import Access, AccessStore
from mosaic.storage.connections import MAX_PENDING, Connections, ConnectionStore
from tests.fakes.clock import NOON
from tests.fakes.storage.access import FakeAccess
from tests.fakes.storage.connections import FakeConnections

PROVIDERS = ("github", "gitea", "mosaic")


@dataclass(frozen=True)
class Stores:
    """The connections, and the rest of the access table."""

    connections: Connections
    access: Access


@pytest.fixture(params=["fake", "moto"])
def stores(request: pytest.FixtureRequest) -> Stores:
    if request.param == "fake":
        fake = FakeAccess()
        return Stores(FakeConnections(fake), fake)
    new_table: Callable[[str], str] = request.getfixturevalue("new_table")
    table = new_table("AccessTable")
    return Stores(ConnectionStore(table), AccessStore(table))


def connection(workspace: str = "acme", name: str = "acme/shop", **fields: object) -> Connection:
    known = {
        "workspace_id": workspace,
        "provider": "github",
        "name": name,
        "secret_ids": (f"{workspace}/1",),
        "created_at": NOON,
        "created_by": "token:1",
    }
    return Connection.model_validate({**known, **fields})


def active(pending: Connection) -> Connection:
    return pending.model_copy(update={"status": "active", "repository_id": 7, "activated_at": NOON})


def test_connection_is_read_as_stored(stores: Stores) -> None:
    stored = connection(secret_ids=("two", "one"), rotated_at=NOON)
    stores.connections.add(stored)

    assert stores.connections.get("acme", "github", "Acme/Shop") == stored
    assert stores.connections.of_workspace("acme", 10) == (stored,)
    assert stores.connections.of_repository("github", "ACME/shop") == (stored,)
    for workspace, provider in (("other", "github"), ("acme", "gitea")):
        assert stores.connections.get(workspace, provider, "acme/shop") is None


def test_pending_connection_receives_nothing(stores: Stores) -> None:
    stores.connections.add(connection())

    assert stores.access.workspace_of("github", "acme/shop") is None
    assert not stores.access.is_connected("acme", "acme/shop", PROVIDERS)


def test_pending_connection_blocks_nobody(stores: Stores) -> None:
    ours, theirs = connection("acme"), connection("evil")
    stores.connections.add(theirs)
    stores.connections.add(ours)
    assert set(stores.connections.of_repository("github", "acme/shop")) == {ours, theirs}

    stores.connections.replace(ours, active(ours))

    assert stores.connections.of_repository("github", "acme/shop") == (active(ours),)
    assert stores.access.workspace_of("github", "acme/shop") == "acme"
    assert stores.connections.get("evil", "github", "acme/shop") == theirs


def test_second_workspace_cannot_become_active(stores: Stores) -> None:
    ours, theirs = connection("acme"), connection("evil")
    for one in (ours, theirs):
        stores.connections.add(one)
    stores.connections.replace(ours, active(ours))

    with pytest.raises(StaleAccess):
        stores.connections.replace(theirs, active(theirs))
    assert stores.access.workspace_of("github", "acme/shop") == "acme"
    assert stores.connections.get("evil", "github", "acme/shop") == theirs


def test_second_connection_of_a_workspace_is_refused(stores: Stores) -> None:
    stores.connections.add(connection())
    with pytest.raises(StaleAccess):
        stores.connections.add(connection(name="ACME/Shop", secret_ids=("other",)))
    assert stores.connections.of_workspace("acme", 10) == (connection(),)


def test_stale_connection_replaces_nothing(stores: Stores) -> None:
    first = connection()
    rotated = first.model_copy(update={"secret_ids": ("two", "acme/1"), "rotated_at": NOON})
    stores.connections.add(first)
    stores.connections.replace(first, rotated)

    with pytest.raises(StaleAccess):
        stores.connections.replace(first, active(first))
    with pytest.raises(StaleAccess):
        stores.connections.remove(first)
    assert stores.connections.get("acme", "github", "acme/shop") == rotated


def test_rotated_active_connection_is_the_repositorys(stores: Stores) -> None:
    stores.connections.add(active(connection()))
    rotated = active(connection()).model_copy(
        update={"secret_ids": ("two", "acme/1"), "rotated_at": NOON + timedelta(hours=1)}
    )
    stores.connections.replace(active(connection()), rotated)

    assert stores.connections.of_repository("github", "acme/shop") == (rotated,)


def test_removed_connection_frees_the_repository(stores: Stores) -> None:
    ours, theirs = connection("acme"), connection("other")
    stores.connections.add(active(ours))
    stores.connections.add(theirs)
    stores.connections.remove(active(ours))

    assert stores.access.workspace_of("github", "acme/shop") is None
    assert stores.connections.of_repository("github", "acme/shop") == (theirs,)
    stores.connections.replace(theirs, active(theirs))
    assert stores.access.workspace_of("github", "acme/shop") == "other"


def test_removed_pending_connection_keeps_the_active_one(stores: Stores) -> None:
    stores.connections.add(active(connection("acme")))
    stores.connections.add(connection("other"))
    stores.connections.remove(connection("other"))

    assert stores.access.workspace_of("github", "acme/shop") == "acme"


def test_pending_connections_are_bounded(stores: Stores) -> None:
    for number in range(MAX_PENDING + 3):
        stores.connections.add(connection(f"tenant{number:02}"))

    assert len(stores.connections.of_repository("github", "acme/shop")) == MAX_PENDING


def test_configuration_leaves_connections_alone(stores: Stores) -> None:
    stores.connections.add(active(connection()))
    shop = Repository(provider="github", name="acme/shop")

    with pytest.raises(RepositoryTaken):
        stores.access.configure(Workspace(id="acme"), Workspace(id="acme", version=1, repositories=(shop,)))
    assert stores.connections.of_repository("github", "acme/shop") == (active(connection()),)


@pytest.mark.parametrize(("provider", "workspace"), list(product(PROVIDERS, ("acme", "other"))), ids=str)
def test_only_an_active_connection_is_connected(stores: Stores, provider: str, workspace: str) -> None:
    stores.connections.add(active(connection(provider=provider)))
    stores.connections.add(connection("other", provider=provider))

    assert stores.access.is_connected(workspace, "Acme/SHOP", PROVIDERS) is (workspace == "acme")
    others = tuple(one for one in PROVIDERS if one != provider)
    assert not stores.access.is_connected(workspace, "acme/shop", others)


def test_named_repository_is_not_connected_by_the_rest(stores: Stores) -> None:
    any_repository = Repository(provider="github", name="*")
    stores.access.configure(
        Workspace(id="demo"), Workspace(id="demo", version=1, repositories=(any_repository,))
    )
    stores.connections.add(active(connection()))

    assert stores.access.is_connected("demo", "acme/other", PROVIDERS)
    assert not stores.access.is_connected("demo", "acme/shop", PROVIDERS)


@pytest.mark.parametrize("foreign", [*PROVIDERS, None])
@pytest.mark.parametrize("own", ["", "gitea", "mosaic", "github mosaic"])
def test_proven_name_needs_a_connection_of_a_forge(stores: Stores, own: str, foreign: str | None) -> None:
    ours = set(own.split()) - {foreign}
    for provider in sorted(ours):
        stores.connections.add(active(connection(provider=provider)))
    if foreign:
        stores.connections.add(active(connection("other", provider=foreign)))

    for asked in (PROVIDERS, ("github",), ("mosaic",)):
        is_ours = bool(ours & set(asked)) and (foreign is None or ours != {"mosaic"})
        is_theirs = foreign in asked and (foreign != "mosaic" or not ours)
        assert stores.access.is_connected("acme", "Acme/Shop", asked) is is_ours
        assert stores.access.is_connected("other", "acme/shop", asked) is is_theirs


@pytest.mark.parametrize("foreign", ["github", "gitea", "mosaic", "pending", None])
@pytest.mark.parametrize("forge", PROVIDERS)
def test_own_id_connects_no_foreign_name(stores: Stores, forge: str, foreign: str | None) -> None:
    """A body can claim any name for an id of its own."""
    stores.connections.add(active(connection("evil", "evil/shop", provider=forge)))
    if foreign == "pending":
        stores.connections.add(connection(provider=forge))
    elif foreign:
        proven = active(connection(provider=foreign)).model_copy(update={"repository_id": 8})
        stores.connections.add(proven)

    is_free = foreign in ("pending", None)
    repository_id = f"{forge}:7"
    assert stores.access.is_connected("evil", "acme/shop", (forge,), repository_id) is is_free
    assert stores.access.is_connected("evil", "acme/shop", PROVIDERS, repository_id) is is_free
    assert stores.access.is_connected("evil", "evil/shop", (forge,), repository_id)


def test_configured_name_counts_on_each_provider(stores: Stores) -> None:
    """The operator, or a workspace of a single-tenant deployment, has set it."""
    everywhere = tuple(
        Repository.model_validate({"provider": provider, "name": name})
        for provider in PROVIDERS
        for name in ("acme/named", "*")
    )
    stores.access.configure(Workspace(id="demo"), Workspace(id="demo", version=1, repositories=everywhere))
    stores.connections.add(active(connection("other", "acme/named", provider="forgejo")))
    stores.connections.add(active(connection("other", "acme/shop", provider="forgejo")))

    for name, asked in product(
        ("acme/named", "acme/shop", "acme/unknown"), (PROVIDERS, ("github",), ("mosaic",))
    ):
        assert stores.access.is_connected("demo", name, asked)


def test_active_connection_is_found_by_the_id(stores: Stores) -> None:
    stores.connections.add(connection(repository_id=7))
    assert stores.connections.of_repository_id("github", 7) is None

    stores.connections.replace(connection(repository_id=7), active(connection()))
    assert stores.connections.of_repository_id("github", 7) == active(connection())
    for provider, repository_id in (("github", 8), ("gitea", 7)):
        assert stores.connections.of_repository_id(provider, repository_id) is None

    stores.connections.remove(active(connection()))
    assert stores.connections.of_repository_id("github", 7) is None


def test_connection_follows_a_rename(stores: Stores) -> None:
    before, after = active(connection()), active(connection(name="acme/store"))
    stores.connections.add(before)
    stores.connections.replace(before, after)

    assert stores.connections.of_repository("github", "acme/shop") == ()
    assert stores.connections.of_repository("github", "acme/store") == (after,)
    assert stores.connections.of_repository_id("github", 7) == after
    assert stores.connections.of_workspace("acme", 10) == (after,)
    assert stores.access.workspace_of("github", "acme/shop") is None
    assert stores.access.workspace_of("github", "acme/store") == "acme"


@pytest.mark.parametrize("holder", ["acme", "other"])
def test_rename_takes_no_name_of_another_connection(stores: Stores, holder: str) -> None:
    before, after = active(connection()), active(connection(name="acme/store"))
    taken = active(connection(holder, "acme/store")).model_copy(update={"repository_id": 8})
    stores.connections.add(before)
    stores.connections.add(taken)
    with pytest.raises(StaleAccess):
        stores.connections.replace(before, after)
    assert stores.connections.of_repository_id("github", 7) == before
    assert stores.connections.of_repository("github", "acme/store") == (taken,)


def test_id_of_another_workspace_is_not_taken(stores: Stores) -> None:
    """A body can claim any id, and each workspace signs with a secret of its own."""
    stores.connections.add(active(connection()))
    theirs = connection("evil", "evil/shop")
    stores.connections.add(theirs)
    with pytest.raises(StaleAccess):
        stores.connections.replace(theirs, active(theirs))
    assert stores.connections.of_repository_id("github", 7) == active(connection())


def test_new_id_replaces_the_old_one(stores: Stores) -> None:
    before = active(connection())
    after = before.model_copy(update={"repository_id": 8})
    stores.connections.add(before)
    stores.connections.replace(before, after)
    assert stores.connections.of_repository_id("github", 7) is None
    assert stores.connections.of_repository_id("github", 8) == after


@pytest.mark.parametrize(
    ("name", "repository_id", "is_connected"),
    [
        ("acme/shop", "github:7", True),
        ("acme/old-name", "github:7", True),
        ("acme/shop", "github:8", False),
        ("acme/shop", "gitea:7", False),
        ("acme/shop", None, True),
        ("acme/old-name", None, False),
    ],
)
def test_job_of_a_repository_is_connected_by_its_id(
    stores: Stores, name: str, repository_id: str | None, is_connected: bool
) -> None:
    """Jobs keep the name that their repository had."""
    stores.connections.add(active(connection()))
    providers = (repository_id or "github").split(":")[:1]
    assert stores.access.is_connected("acme", name, providers, repository_id) is is_connected
    assert not stores.access.is_connected("other", name, providers, repository_id)
