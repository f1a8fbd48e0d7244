"""The derived fields of jobs in details and lists."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.fakes.api import ApiResponse, FakeApi

MatchesContract = Callable[[ApiResponse], None]


@pytest.fixture
def retried(api: FakeApi) -> str:
    """A job whose first attempt was cancelled and whose second waits for its gates."""
    job = api.deployment.accept(type="code-task", profile="weaver")
    api.deployment.control.cancel("demo", job.id, "token:ada", "wrong branch")
    api.deployment.control.retry("demo", job.id, "token:ada", role="member")
    api.deployment.run(60)
    return job.id


def test_job_shows_next_action(api: FakeApi, matches_contract: MatchesContract, retried: str) -> None:
    detail, listed = api.send("GET", f"/runner-jobs/{retried}"), api.send("GET", "/runner-jobs")
    matches_contract(detail)
    matches_contract(listed)
    assert detail.json["next"] == listed.json["items"][0]["next"]
    assert detail.json["next"] == {
        "who": "reporter",
        "what": "waiting for 5 of 5 gates: build, lint, typecheck, test, coverage from an API token",
        "until": detail.json["expiresAt"],
    }


def test_detail_has_all_attempts(api: FakeApi, retried: str) -> None:
    detail = api.send("GET", f"/runner-jobs/{retried}")
    first, second = detail.json["attempts"]
    assert (first["attempt"], first["status"], first["cancelled"]["reason"]) == (
        1,
        "CANCELLED",
        "wrong branch",
    )
    assert (second["attempt"], second["status"], second["cancelled"]) == (2, "RUNNING", None)
    assert [gate["status"] for gate in second["gates"]] == ["PENDING"] * 5
    assert second["startedAt"] == detail.json["startedAt"]
    assert detail.json["cancelled"] is None


def test_cancelled_job_shows_its_actor(api: FakeApi, matches_contract: MatchesContract, retried: str) -> None:
    cancelled = api.send("POST", f"/runner-jobs/{retried}/cancel", {"reason": "not needed"})
    matches_contract(cancelled)
    assert cancelled.json["cancelled"] == {
        "by": "token:ada",
        "reason": "not needed",
        "at": cancelled.json["completedAt"],
    }
    assert cancelled.json["next"] == {
        "who": "nobody",
        "what": "nothing: the job is cancelled",
        "until": None,
    }
