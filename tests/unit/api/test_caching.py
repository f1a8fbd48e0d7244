"""Unchanged responses get 304, and large ones are compressed if the client accepts that."""

from __future__ import annotations

import pytest

from api.caching import accepts_gzip, matches_etag
from mosaic.jobs import lifecycle
from mosaic.jobs.model import Job
from tests.fakes.api import ApiResponse, FakeApi
from tests.fakes.clock import NOON

LISTS = ("/runner-jobs", "/runner-jobs/counts", "/approvals", "/policies", "/tokens", "/me")
PARTS = ("", "/steps", "/events")


@pytest.fixture
def job(api: FakeApi) -> Job:
    job = api.deployment.accept(instructions="Say what has changed. " * 100)
    api.deployment.run(1)
    return job


def again(api: FakeApi, path: str, tag: str) -> ApiResponse:
    return api.send("GET", path, headers={"if-none-match": tag})


@pytest.mark.parametrize("path", [*LISTS, "/workspaces/current", "/workspaces/current/usage", "/docs"])
@pytest.mark.usefixtures("job")
def test_unchanged_response_is_304(path: str, api: FakeApi) -> None:
    first = api.send("GET", path)
    assert first.status == 200
    second = again(api, path, first.headers["etag"])
    assert (second.status, second.body) == (304, "")
    kept = ("etag", "vary", "cache-control")
    assert {name: second.headers[name] for name in kept} == {name: first.headers[name] for name in kept}
    assert "content-type" not in second.headers


@pytest.mark.parametrize("part", PARTS)
def test_changed_job_has_another_tag(part: str, api: FakeApi, job: Job) -> None:
    path = f"/runner-jobs/{job.id}{part}"
    first = api.send("GET", path)
    assert again(api, path, first.headers["etag"]).status == 304
    api.deployment.control.cancel("demo", job.id, "token:ada")
    api.deployment.run(1)
    assert (again(api, path, first.headers["etag"]).status == 200) or part == "/steps"
    assert again(api, "/runner-jobs", first.headers["etag"]).status == 200


@pytest.mark.usefixtures("job")
def test_tag_depends_on_the_filtered_jobs(api: FakeApi) -> None:
    every = api.send("GET", "/runner-jobs").headers["etag"]
    assert api.send("GET", "/runner-jobs", query="type=review").headers["etag"] != every


@pytest.mark.usefixtures("job")
def test_responses_are_private(api: FakeApi) -> None:
    assert api.send("GET", "/runner-jobs").headers["cache-control"] == "private, no-cache"
    assert api.send("GET", "/docs", caller=None).headers["cache-control"] == "public, max-age=300"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/health"), ("GET", "/runner-jobs/01KGA000000000000000000000"), ("POST", "/tokens")],
)
def test_no_store_response_has_no_tag(method: str, path: str, api: FakeApi) -> None:
    body = {"name": "CI", "role": "viewer"} if method == "POST" else None
    response = api.send(method, path, body, headers={"accept-encoding": "gzip"})
    assert "etag" not in response.headers
    assert "content-encoding" not in response.headers


@pytest.mark.parametrize(
    ("tag", "known", "matches"),
    [
        ("a1", '"a1"', True),
        ("a1", 'W/"a1"', True),
        ("a1", 'W/"b2", W/"a1"', True),
        ("a1", '"b2","a1"', True),
        ("a1", '"x,y", "a1"', True),
        ("a1", "*", True),
        ("a1", " * ", True),
        ("a1", "", False),
        ("a1", "a1", False),
        ("a1", '"a1', False),
        ("a1", '"A1"', False),
        ("a1", '"a"', False),
        ("a1", '"*"', False),
    ],
)
def test_tags_are_compared_weakly(tag: str, known: str, matches: bool) -> None:
    assert matches_etag(tag, known) is matches


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        ("gzip", True),
        ("gzip, deflate, br", True),
        ("br;q=1.0, gzip;q=0.5", True),
        ("gzip;q=0.001", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, br", False),
        ("identity", False),
        ("x-gzip", False),
        ("", False),
    ],
)
@pytest.mark.usefixtures("job")
def test_gzip_is_used_if_accepted(accepted: str, compressed: bool, api: FakeApi) -> None:
    assert accepts_gzip(accepted) is compressed
    headers = {"accept-encoding": accepted}
    response = api.send("GET", "/runner-jobs", headers=headers)
    assert ("content-encoding" in response.headers) is compressed
    assert response.headers["vary"] == "Accept-Encoding"
    assert response.json == api.send("GET", "/runner-jobs").json
    assert response.headers["etag"] == api.send("GET", "/runner-jobs").headers["etag"]


def test_small_response_is_not_compressed(api: FakeApi) -> None:
    response = api.send("GET", "/runner-jobs", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in response.headers


def test_queue_position_changes_the_tag(api: FakeApi) -> None:
    """The job and its version have not changed."""
    first, second = (api.deployment.accept(instructions=str(number)) for number in range(2))
    for job in (first, second):
        waiting = lifecycle.wait_for_slot(api.deployment.jobs.get("demo", job.id) or job, NOON, "stitcher")
        api.deployment.jobs.save(waiting)
    path = f"/runner-jobs/{second.id}"
    before = api.send("GET", path)
    assert before.json["position"] == 2
    api.deployment.control.cancel("demo", first.id, "token:ada")
    after = again(api, path, before.headers["etag"])
    assert (after.status, after.json["position"]) == (200, 1)


@pytest.mark.parametrize(
    ("method", "path", "stored"),
    [
        ("GET", "/runner-jobs", "private, no-cache"),
        ("GET", "/workspaces/current", "private, no-cache"),
        ("GET", "/runner-jobs/01KGA000000000000000000099", "no-store"),
        ("POST", "/runner-jobs", "no-store"),
        ("POST", "/stitcher/dispatch", "no-store"),
        ("DELETE", "/tokens/none", "no-store"),
    ],
)
def test_responses_are_not_stored_or_sniffed(method: str, path: str, stored: str, api: FakeApi) -> None:
    headers = api.send(method, path, headers={"x-forwarded-proto": "https"}).headers
    assert headers["cache-control"] == stored
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["strict-transport-security"].startswith("max-age=31536000")
