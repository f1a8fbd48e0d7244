"""The HTTP API in `sam local start-api`, on the built functions in their containers."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3

from local.stack import ROOT
from tools.sam.api import sam_api
from tools.sam.cli import free_port
from tools.sam.local_functions import SamLocal

Json = dict[str, Any]
TIMEOUT_SECONDS = 240
COMMIT = "c" * 40


class Api:
    """A client of the API with one token."""

    def __init__(self, url: str, token: str | None) -> None:
        self._url = url
        self._headers = {"authorization": f"Bearer {token}"} if token else {}
        self._http = urllib3.PoolManager()

    def request(self, method: str, path: str, body: Json | None = None) -> tuple[int, Json]:
        """Returns the status and JSON of a response; the first requests wait for their containers."""
        response = self._http.request(
            method,
            self._url + path,
            headers=self._headers,
            json=body,
            timeout=TIMEOUT_SECONDS,
            retries=False,
        )
        self._http.clear()
        return response.status, response.json()


@pytest.fixture(scope="module")
def served(containers: SamLocal) -> Iterator[tuple[str, dict[str, str]]]:
    """The API's URL and a token for each role; everything is built."""
    assert containers.stack
    with (ROOT / ".local/sam-api.log").open("w") as log, sam_api(free_port(), log) as (url, demo):
        yield url, dict(demo.tokens)


@pytest.fixture(scope="module")
def admin(served: tuple[str, dict[str, str]]) -> Api:
    url, tokens = served
    return Api(url, tokens["admin"])


def test_only_open_routes_work_without_token(served: tuple[str, dict[str, str]]) -> None:
    anonymous = Api(served[0], None)

    assert anonymous.request("GET", "/runner-jobs")[0] == 401
    assert anonymous.request("GET", "/openapi.json")[0] == 200


def test_unknown_token_gets_problem_of_the_api(served: tuple[str, dict[str, str]]) -> None:
    status, problem = Api(served[0], "unknown-token").request("GET", "/runner-jobs")

    assert (status, problem["code"]) == (401, "unauthorized")


def test_role_limits_allowed_routes(served: tuple[str, dict[str, str]]) -> None:
    url, tokens = served

    assert Api(url, tokens["viewer"]).request("GET", "/workspaces/current")[0] == 403
    assert Api(url, tokens["admin"]).request("GET", "/workspaces/current")[0] == 200


def test_created_job_completes(admin: Api) -> None:
    request = {"type": "git-status", "instructions": "Say what has changed.", "repository": "acme/shop"}
    status, job = admin.request("POST", "/runner-jobs", request)
    assert status == 202

    deadline = time.monotonic() + TIMEOUT_SECONDS
    while job["status"] not in ("COMPLETED", "FAILED") and time.monotonic() < deadline:
        # Each request waits for the job's next event, instead of polling.
        cursor = job.get("eventsCursor") or ""
        admin.request("GET", f"/runner-jobs/{job['id']}/events?wait=10&after={cursor}")
        _, job = admin.request("GET", f"/runner-jobs/{job['id']}")
    assert job["status"] == "COMPLETED", job
