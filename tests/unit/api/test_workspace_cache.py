"""The cache of workspaces expires after 30 seconds and never rejects an existing job type."""

from __future__ import annotations

import pytest

from api.workspace_cache import MAX_AGE, MAX_CACHED, Workspaces
from mosaic.access.model import DEFAULT_JOB_TYPES, JobType, Workspace
from tests.fakes.clock import FakeClock
from tests.fakes.storage.access import FakeAccess


class CountedAccess(FakeAccess):
    """Counts the reads of workspaces."""

    reads = 0

    def workspace(self, workspace_id: str) -> Workspace | None:
        self.reads += 1
        return super().workspace(workspace_id)


@pytest.fixture
def access() -> CountedAccess:
    return CountedAccess()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def workspaces(access: CountedAccess, clock: FakeClock) -> Workspaces:
    return Workspaces(access, clock)


def configured(**types: JobType) -> Workspace:
    return Workspace(id="demo", job_types=types)


def test_cached_workspace_is_read_once(
    workspaces: Workspaces, access: CountedAccess, clock: FakeClock
) -> None:
    for _ in range(3):
        assert workspaces.with_type("demo", "review").job_types == DEFAULT_JOB_TYPES
        clock.forward(MAX_AGE.total_seconds() / 3 - 0.001)
    assert access.reads == 1
    clock.forward(0.003)
    workspaces.with_type("demo", "review")
    assert access.reads == 2


def test_change_is_visible_after_max_age(
    workspaces: Workspaces, access: CountedAccess, clock: FakeClock
) -> None:
    access.put_workspace(configured(audit=JobType(profile="runner")))
    workspaces.with_type("demo", "audit")
    access.put_workspace(configured(audit=JobType(profile="inspector")))
    clock.forward(MAX_AGE.total_seconds())
    assert workspaces.with_type("demo", "audit").job_types["audit"].profile == "inspector"


def test_unknown_type_reads_the_workspace(workspaces: Workspaces, access: CountedAccess) -> None:
    assert "audit" not in workspaces.with_type("demo", "audit").job_types
    access.put_workspace(configured(audit=JobType(profile="runner")))
    assert "audit" in workspaces.with_type("demo", "audit").job_types


def test_now_reads_and_caches(workspaces: Workspaces, access: CountedAccess) -> None:
    workspaces.with_type("demo", "review")
    access.put_workspace(configured(review=JobType(profile="herald")))
    assert workspaces.now("demo").job_types["review"].profile == "herald"
    assert workspaces.with_type("demo", "review").job_types["review"].profile == "herald"
    assert access.reads == 2


def test_oldest_entry_is_evicted(workspaces: Workspaces, access: CountedAccess) -> None:
    names = [f"w{number}" for number in range(MAX_CACHED + 1)]
    assert [workspaces.with_type(name, "review").id for name in names] == names
    workspaces.with_type(names[1], "review")
    assert access.reads == MAX_CACHED + 1
    workspaces.with_type(names[0], "review")
    assert access.reads == MAX_CACHED + 2
