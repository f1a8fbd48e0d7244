"""The HTTP API by `sam local start-api`, on the built functions in their containers."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3

from local.stack import ROOT
from tools.sam_api import sam_api
from tools.sam_cli import free_port
from tools.sam_local import SamLocal

Json = dict[str, Any]
PATIENCE_SECONDS = 240
COMMIT = "c" * 40


class Api:
    """A caller of the API with one token."""

    def __init__(self, url: str, token: str | None) -> None:
        self._url = url
        self._headers = {"authorization": f"Bearer {token}"} if token else {}
        self._http = urllib3.PoolManager()

    def ask(self, method: str, path: str, body: Json | None = None) -> tuple[int, Json]:
        """Status and JSON of an answer; the first ones wait for their containers."""
        answer = self._http.request(
            method,
            self._url + path,
            headers=self._headers,
            json=body,
            timeout=PATIENCE_SECONDS,
            retries=False,
        )
        self._http.clear()
        return answer.status, answer.json()


@pytest.fixture(scope="module")
def served(containers: SamLocal) -> Iterator[tuple[str, dict[str, str]]]:
    """The API's URL and a token for each role. Everything is built by then."""
    assert containers.stack
    with (ROOT / ".local/sam-api.log").open("w") as log, sam_api(free_port(), log) as (url, demo):
        yield url, dict(demo.tokens)


@pytest.fixture(scope="module")
def admin(served: tuple[str, dict[str, str]]) -> Api:
    url, tokens = served
    return Api(url, tokens["admin"])


def test_who_shows_no_token_is_refused_and_an_open_route_is_open(served: tuple[str, dict[str, str]]) -> None:
    nobody = Api(served[0], None)

    assert nobody.ask("GET", "/runner-jobs")[0] == 401
    assert nobody.ask("GET", "/openapi.json")[0] == 200


def test_an_unknown_token_is_answered_by_the_api_itself(served: tuple[str, dict[str, str]]) -> None:
    status, problem = Api(served[0], "nobody-knows-this").ask("GET", "/runner-jobs")

    assert (status, problem["code"]) == (401, "unauthorized")


def test_a_role_may_what_it_may(served: tuple[str, dict[str, str]]) -> None:
    url, tokens = served

    assert Api(url, tokens["viewer"]).ask("GET", "/workspaces/current")[0] == 403
    assert Api(url, tokens["admin"]).ask("GET", "/workspaces/current")[0] == 200


def test_a_job_goes_its_way(admin: Api) -> None:
    asked = {"type": "git-status", "instructions": "Say what has changed.", "repository": "acme/shop"}
    status, job = admin.ask("POST", "/runner-jobs", asked)
    assert status == 202

    deadline = time.monotonic() + PATIENCE_SECONDS
    while job["status"] not in ("COMPLETED", "FAILED") and time.monotonic() < deadline:
        # Waits for the job's next event instead of asking again and again.
        last = job.get("eventsCursor") or ""
        admin.ask("GET", f"/runner-jobs/{job['id']}/events?wait=10&after={last}")
        _, job = admin.ask("GET", f"/runner-jobs/{job['id']}")
    assert job["status"] == "COMPLETED", job
