"""A workspace is changed by version and in one transaction; a repeated change has no effect."""

from __future__ import annotations

from typing import Any

import pytest

from mosaic.access.errors import RepositoryTaken, StaleAccess
from mosaic.access.model import JobType, Repository, Workspace
from mosaic.services.configure_workspace import configure
from tests.fakes.storage.access import FakeAccess

SHOP = Repository(provider="github", name="acme/shop")


def changed(workspace: Workspace, **changes: Any) -> Workspace:
    return workspace.model_copy(update=changes)


def known(access: FakeAccess) -> Workspace:
    return access.workspace("acme") or Workspace(id="acme")


def test_change_creates_the_next_version() -> None:
    access = FakeAccess()
    first = configure(access, known(access), 0, Workspace(id="acme", name="Acme", repositories=(SHOP,)))
    assert (first.version, first.name) == (1, "Acme")
    assert access.workspace("acme") == first
    assert access.workspace_of("github", "acme/shop") == "acme"
    second = configure(access, first, 1, changed(first, repositories=()))
    assert second.version == 2
    assert access.workspace_of("github", "acme/shop") is None


@pytest.mark.parametrize("version", [0, 1, 2])
def test_repeated_change_succeeds(version: int) -> None:
    access = FakeAccess()
    wanted = Workspace(id="acme", name="Acme")
    first = configure(access, known(access), 0, wanted)
    assert configure(access, first, version, wanted) == first


def test_concurrent_change_is_refused() -> None:
    access = FakeAccess()
    seen = known(access)
    configure(access, seen, 0, changed(seen, name="theirs"))
    with pytest.raises(StaleAccess, match="version 1"):
        configure(access, known(access), 0, changed(seen, name="mine"))
    with pytest.raises(StaleAccess):
        configure(access, seen, 0, changed(seen, name="mine"))
    assert known(access).name == "theirs"


def test_repository_of_another_workspace_is_refused() -> None:
    access = FakeAccess()
    access.connect("github", "acme/shop", "other")
    with pytest.raises(RepositoryTaken):
        configure(access, known(access), 0, Workspace(id="acme", name="new", repositories=(SHOP,)))
    assert access.workspace("acme") is None


def test_removed_job_type_is_still_listed() -> None:
    access = FakeAccess()
    review = {"review": JobType(profile="inspector")}
    one = configure(access, known(access), 0, Workspace(id="acme", job_types=review))
    assert one.retired_types == ("code-task", "git-status", "priority-calc")
    assert one.all_types == ("code-task", "git-status", "priority-calc", "review")
    back = configure(access, one, 1, Workspace(id="acme"))
    assert back.retired_types == ()
    assert back.all_types == one.all_types
