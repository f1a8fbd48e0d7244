"""Times, filters and aliases of commands in requests."""

from typing import Any

import pytest

from tests.unit.cli.conftest import FakeApi, Mosaic

ID = "01J00000000000000000000000"


CREATE = "jobs create --type review --instructions x"


@pytest.mark.parametrize(
    ("command", "body"),
    [
        (f"{CREATE} --timeout 1h30m --run-at 2h", {"timeoutSeconds": 5400, "runAt": "2026-01-02T05:14:05Z"}),
        (f"{CREATE} --run-at tomorrow", {"runAt": "2026-01-03T00:00:00Z"}),
        (f"jobs approve {ID} --reason x --until 2026-12-01", {"until": "2026-12-01T00:00:00Z"}),
        ("tokens create --name a --role viewer --expires-at 1day", {"expiresAt": "2026-01-03T03:14:05Z"}),
    ],
)
def test_times_are_sent_in_api_format(
    mosaic: Mosaic, fake_api: FakeApi, command: str, body: dict[str, Any]
) -> None:
    mosaic(*command.split())

    assert body.items() <= fake_api.calls[0][2].items()


@pytest.mark.parametrize(
    ("command", "path"),
    [
        (
            "jobs list --repository acme/shop --issue 7 --actor github:ada",
            "/runner-jobs?repository=acme%2Fshop&issue=7&actor=github%3Aada",
        ),
        (
            "jobs list --since 2h --until yesterday --updated-since 2026-01-01",
            "/runner-jobs?since=2026-01-02T01%3A14%3A05Z&until=2026-01-01T00%3A00%3A00Z"
            "&updatedSince=2026-01-01T00%3A00%3A00Z",
        ),
        ("usage --day yesterday", "/workspaces/current/usage?day=2026-01-01"),
        (f"jobs events {ID} --wait 20s", f"/runner-jobs/{ID}/events?wait=20"),
        (f"events list {ID}", f"/runner-jobs/{ID}/events"),
        (f"jobs verify {ID}", f"/runner-jobs/{ID}/events/verify"),
        (f"jobs repair {ID}", f"/runner-jobs/{ID}/events/verify"),
        ("jobs approvals --limit 3", "/approvals?limit=3"),
    ],
)
def test_filters_and_aliases_send_request(mosaic: Mosaic, fake_api: FakeApi, command: str, path: str) -> None:
    assert mosaic(*command.split()).exit_code == 0
    assert fake_api.calls == [("GET", path, None)]


def test_dry_run_creates_no_job(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond({"guard": {"decision": "allow"}})

    assert "decision: allow" in mosaic(*CREATE.split(), "--dry-run", "--run-at", "1h").stdout
    body = {"type": "review", "instructions": "x", "dryRun": True}
    assert fake_api.calls == [("POST", "/stitcher/dispatch", body)]
