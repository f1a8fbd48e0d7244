"""Filters of lists and bulk requests over the API."""

from __future__ import annotations

from typing import Any

import pytest

from mosaic.jobs.model import Job
from mosaic.jobs.value_objects import Source
from tests.fakes.api import FakeApi

FIELDS: dict[str, dict[str, Any]] = {
    "shop": {
        "repository": "acme/shop",
        "issue_number": 7,
        "source": Source(kind="github", actor="github:Ada"),
    },
    "site": {"repository": "acme/site", "issue_number": 7, "source": Source(kind="api", actor="token:T1")},
    "none": {"agent_task_id": "task-1"},
}


@pytest.fixture
def jobs(api: FakeApi) -> dict[str, Job]:
    """One job a minute from noon on; `none` is cancelled an hour later."""
    created = {}
    for name, fields in FIELDS.items():
        created[name] = api.deployment.accept(**fields)
        api.deployment.clock.forward(60)
    api.deployment.clock.forward(3600)
    api.deployment.control.cancel("demo", created["none"].id, "token:ada")
    return created


CASES = [
    ({"repository": "Acme/Shop"}, ["shop"]),
    ({"repository": "acme/site", "issue": 7}, ["site"]),
    ({"repository": "acme/site", "issue": 8}, []),
    ({"actor": "GitHub:ada"}, ["shop"]),
    ({"actor": "github:ad"}, []),
    ({"since": "2026-11-22T12:01:00Z"}, ["none", "site"]),
    ({"until": "2026-11-22T12:01:00Z"}, ["shop"]),
    ({"since": "2026-11-22T13:01:00+01:00", "until": "2026-11-22T12:02:00.000Z"}, ["site"]),
    ({"since": "2026-11-23T00:00:00Z", "until": "2026-11-22T00:00:00Z"}, []),
    ({"updatedSince": "2026-11-22T12:30:00Z"}, ["none"]),
    ({"updatedSince": "0001-01-01T00:00:00Z", "until": "9999-12-31T23:59:59Z"}, ["none", "site", "shop"]),
    ({"updatedSince": "2026-11-22T12:30:00Z", "repository": "acme/shop"}, []),
    ({"agentTaskId": "task-1", "status": "CANCELLED"}, ["none"]),
]


@pytest.mark.parametrize(("filters", "names"), CASES)
def test_list_has_matching_jobs(
    filters: dict[str, Any], names: list[str], api: FakeApi, jobs: dict[str, Job]
) -> None:
    query = "&".join(f"{name}={str(value).replace('+', '%2B')}" for name, value in filters.items())
    response = api.send("GET", "/runner-jobs", query=query)
    assert response.status == 200, response
    assert [job["id"] for job in response.json["items"]] == [jobs[name].id for name in names]


@pytest.mark.parametrize(("filters", "names"), CASES)
def test_bulk_requests_accept_the_same_filters(
    filters: dict[str, Any], names: list[str], api: FakeApi, jobs: dict[str, Job]
) -> None:
    status = {"status": [filters["status"]]} if "status" in filters else {}
    body = {"filter": {**filters, **status}}
    response = api.send("POST", "/runner-jobs/bulk/cancel", body)
    assert response.status == 200, response
    open_jobs = [jobs[name].id for name in names if name != "none"]
    assert [one["id"] for one in response.json["items"]] == open_jobs


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("issue=7", "issue"),
        ("repository=acme/shop&issue=0", "issue"),
        ("repository=acme", "repository"),
        ("since=yesterday", "since"),
        ("since=2026-11-22", "since"),
        ("until=2026-11-22T12:00:00", "until"),
        ("updatedSince=1764374400", "updatedSince"),
        ("actor=", "actor"),
        ("author=ada", "author"),
    ],
)
def test_invalid_filter_is_named(query: str, field: str, api: FakeApi) -> None:
    response = api.send("GET", "/runner-jobs", query=query)
    assert (response.status, response.fields) == (422, [field])


def test_invalid_bulk_filter_has_its_path(api: FakeApi) -> None:
    response = api.send("POST", "/runner-jobs/bulk/retry", {"filter": {"issue": 7}})
    assert (response.status, response.fields) == (422, ["filter.issue"])


def with_types(api: FakeApi, number: int) -> None:
    """Gives the workspace this many job types more, which it then removes."""
    known = api.send("GET", "/workspaces/current").json
    more = {f"old-{n}": {"profile": "runner"} for n in range(number)}
    for types in ({**known["jobTypes"], **more}, known["jobTypes"]):
        body = {**api.send("GET", "/workspaces/current").json, "jobTypes": types}
        assert api.send("PUT", "/workspaces/current", body).status == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("status=FAILED", 200),
        ("status=FAILED&status=PENDING", 422),
        ("status=FAILED&status=PENDING&type=review", 200),
        ("status=FAILED&status=PENDING&actor=github:ada", 200),
        ("", 200),
    ],
)
def test_statuses_of_many_types_need_a_filter(api: FakeApi, query: str, status: int) -> None:
    with_types(api, 46)
    response = api.send("GET", "/runner-jobs", query=query)
    assert response.status == status, response
    if status == 422:
        assert response.fields == ["status"]
        assert "may name at most 1 statuses" in response.json["errors"][0]["message"]


def test_types_over_time_are_bounded(api: FakeApi) -> None:
    with_types(api, 46)
    known = api.send("GET", "/workspaces/current").json
    types = {**known["jobTypes"], **{f"new-{n}": {"profile": "runner"} for n in range(11)}}
    response = api.send("PUT", "/workspaces/current", {**known, "jobTypes": types})
    assert (response.status, response.fields) == (422, ["jobTypes"])


@pytest.mark.usefixtures("jobs")
def test_cursor_is_bound_to_its_filters(api: FakeApi) -> None:
    cursor = api.send("GET", "/runner-jobs", query="limit=1").json["cursor"]
    assert api.send("GET", "/runner-jobs", query=f"limit=1&cursor={cursor}").status == 200
    response = api.send("GET", "/runner-jobs", query=f"limit=1&cursor={cursor}&repository=acme/shop")
    assert response.json["code"] == "bad_cursor"


def test_cursor_ignores_case_of_names(api: FakeApi, jobs: dict[str, Job]) -> None:
    api.deployment.accept(**FIELDS["shop"])
    cursor = api.send("GET", "/runner-jobs", query="limit=1&repository=acme/shop").json["cursor"]
    response = api.send("GET", "/runner-jobs", query=f"limit=1&repository=ACME/shop&cursor={cursor}")
    assert [job["id"] for job in response.json["items"]] == [jobs["shop"].id]


def test_job_has_the_time_of_its_last_change(api: FakeApi, jobs: dict[str, Job]) -> None:
    result = api.send("GET", f"/runner-jobs/{jobs['none'].id}").json
    assert (result["createdAt"], result["updatedAt"]) == (
        "2026-11-22T12:02:00.000Z",
        "2026-11-22T13:03:00.000Z",
    )


@pytest.mark.usefixtures("jobs")
def test_counts_are_by_status_and_next_actor(api: FakeApi) -> None:
    result = api.send("GET", "/runner-jobs/counts").json
    assert result["byStatus"] == {
        "PENDING": 0,
        "QUEUED": 2,
        "RUNNING": 0,
        "COMPLETED": 0,
        "FAILED": 0,
        "CANCELLED": 1,
    }
    assert result["byWho"] == {"admin": 0, "reporter": 0, "agent": 0, "mosaic": 2, "member": 0, "nobody": 1}
    assert result["capped"] == []
    other = api.send("GET", "/runner-jobs/counts", query="type=review").json
    assert not any(other["byStatus"].values())
