"""The list of jobs: newest first, filtered, in pages without gaps or repetitions."""

from collections.abc import Iterator

import pytest

from tests.e2e.support.http_client import Json
from tests.e2e.support.tenants import NewTenant, Tenant


@pytest.fixture(scope="module")
def listed_tenant(new_tenant: NewTenant) -> Tenant:
    """A workspace with seven jobs, created one after the other; every third is cancelled."""
    tenant = new_tenant(repositories=[{"provider": "github", "name": "lists/shop"}])
    for number in range(7):
        kind = "review" if number % 2 else "git-status"
        about = {"repository": "lists/Shop", "issueNumber": number % 2 + 1} if number % 3 else {}
        job = tenant.create_delayed(type=kind, agentTaskId=f"task-{number % 2}", priority=number, **about)
        if number % 3 == 0:
            tenant.member.post(f"/runner-jobs/{job['id']}/cancel").ok()
    return tenant


def _pages(tenant: Tenant, query: str) -> Iterator[list[Json]]:
    cursor = ""
    while True:
        page = tenant.viewer.get(f"/runner-jobs?{query}{cursor}").ok()
        assert set(page) == {"items", "cursor"}
        yield page["items"]
        if page["cursor"] is None:
            return
        cursor = f"&cursor={page['cursor']}"


def _numbers(pages: Iterator[list[Json]]) -> list[int]:
    return [job["priority"] for page in pages for job in page]


FILTERS = {
    "": [6, 5, 4, 3, 2, 1, 0],
    "status=PENDING": [5, 4, 2, 1],
    "status=CANCELLED": [6, 3, 0],
    "status=CANCELLED&status=PENDING": [6, 5, 4, 3, 2, 1, 0],
    "status=COMPLETED": [],
    "type=review": [5, 3, 1],
    "type=no-such-type": [],
    "status=CANCELLED&type=review": [3],
    "agentTaskId=task-0": [6, 4, 2, 0],
    "agentTaskId=task-0&status=PENDING": [4, 2],
    "agentTaskId=task-0&type=review": [],
    "repository=LISTS/shop": [5, 4, 2, 1],
    "repository=lists/shop&issue=1": [4, 2],
    "repository=lists/shop&type=review&agentTaskId=task-1": [5, 1],
    "repository=lists/shop&status=CANCELLED": [],
    "repository=acme/site": [],
    "since=2026-01-01T00:00:00Z&until=2999-01-01T00:00:00Z": [6, 5, 4, 3, 2, 1, 0],
    "until=2026-01-01T00:00:00Z": [],
    "updatedSince=2026-01-01T00:00:00Z": [6, 5, 4, 3, 2, 1, 0],
    "updatedSince=2026-01-01T00:00:00Z&status=CANCELLED": [6, 3, 0],
    "updatedSince=2999-01-01T00:00:00Z": [],
}


@pytest.mark.parametrize("limit", [1, 3, 100])
@pytest.mark.parametrize("query", FILTERS)
def test_pages_of_any_size_list_jobs_newest_first(query: str, limit: int, listed_tenant: Tenant) -> None:
    pages = list(_pages(listed_tenant, f"{query}&limit={limit}".lstrip("&")))
    assert _numbers(iter(pages)) == FILTERS[query]
    assert all(len(page) == limit for page in pages[:-1])


def test_listed_job_equals_the_job_itself(listed_tenant: Tenant) -> None:
    [page] = _pages(listed_tenant, "limit=100")
    for listed in page:
        job = listed_tenant.job(listed["id"])
        assert listed == {name: value for name, value in job.items() if name in listed}
        assert set(job) - set(listed) == {
            "agentText",
            "attempts",
            "position",
            "steps",
            "events",
            "eventsCursor",
        }


@pytest.mark.parametrize("other", ["", "&status=PENDING", "&type=git-status", "&agentTaskId=task-1"])
def test_cursor_is_valid_for_its_list_only(other: str, listed_tenant: Tenant) -> None:
    cursor = listed_tenant.viewer.get("/runner-jobs?limit=1&type=review").ok()["cursor"]
    problem = listed_tenant.viewer.get(f"/runner-jobs?limit=1{other}&cursor={cursor}").refused(
        400, "bad_cursor"
    )
    assert [error["field"] for error in problem["errors"]] == ["cursor"]


@pytest.mark.parametrize("cursor", ["x", "bnVsbA", "W10", "%F0%9F%92%A1", "A" * 500])
def test_invalid_cursor_is_refused(cursor: str, listed_tenant: Tenant) -> None:
    listed_tenant.viewer.get(f"/runner-jobs?cursor={cursor}").refused(400, "bad_cursor")


def test_new_job_does_not_change_next_page(new_tenant: NewTenant) -> None:
    tenant = new_tenant()
    old = [tenant.create_delayed()["id"] for _ in range(4)]
    first = tenant.viewer.get("/runner-jobs?limit=2").ok()
    tenant.create_delayed()
    second = tenant.viewer.get(f"/runner-jobs?limit=2&cursor={first['cursor']}").ok()
    assert [job["id"] for page in (first, second) for job in page["items"]] == old[::-1]


def test_new_job_is_listed_first(new_tenant: NewTenant) -> None:
    tenant = new_tenant()
    for _ in range(3):
        assert tenant.create_delayed()["id"] == tenant.newest_job_ids()[0]


def test_jobs_can_be_found_by_actor(listed_tenant: Tenant) -> None:
    actor = listed_tenant.member.get("/me").ok()["actor"]
    assert _numbers(_pages(listed_tenant, f"actor={actor.upper()}")) == FILTERS[""]
    assert _numbers(_pages(listed_tenant, f"actor={actor}x")) == []


def test_unchanged_list_returns_304(new_tenant: NewTenant) -> None:
    tenant = new_tenant()
    tenant.create_delayed()
    tag = tenant.viewer.get("/runner-jobs").headers["etag"]
    unchanged = tenant.viewer.get("/runner-jobs", if_none_match=tag)
    assert (unchanged.status, unchanged.data, unchanged.headers["etag"]) == (304, b"", tag)
    tenant.create_delayed()
    assert tenant.viewer.get("/runner-jobs", if_none_match=tag).status == 200


def test_list_is_compressed_on_request(listed_tenant: Tenant) -> None:
    plain = listed_tenant.viewer.get("/runner-jobs")
    compressed = listed_tenant.viewer.get("/runner-jobs", accept_encoding="gzip")
    assert compressed.headers["content-encoding"] == "gzip"
    assert int(compressed.headers["content-length"]) < int(plain.headers["content-length"]) / 3
    assert compressed.json == plain.json
    assert compressed.headers["etag"] == plain.headers["etag"]


def test_job_counts_add_up(listed_tenant: Tenant) -> None:
    counts = listed_tenant.viewer.get("/runner-jobs/counts").ok()
    assert (counts["byStatus"]["PENDING"], counts["byStatus"]["CANCELLED"]) == (4, 3)
    assert (counts["byWho"]["mosaic"], counts["byWho"]["nobody"]) == (4, 3)
    assert sum(counts["byStatus"].values()) == sum(counts["byWho"].values()) == 7
