"""API tokens as fields and tables."""

import httpx
import pytest

from tests.unit.cli.conftest import FakeApi, Mosaic

TOKEN = "01J0000000000000000000TKEN"


@pytest.mark.parametrize("terminal", [False, True])
def test_new_token_is_shown_once(mosaic: Mosaic, fake_api: FakeApi, terminal: bool) -> None:
    fake_api.respond({"id": "t1", "role": "reporter", "name": "ci", "token": "t1-secret", "gates": ["build"]})
    create = ("tokens", "create", "--name", "ci", "--role", "reporter")

    output = mosaic(*create, terminal=terminal)
    assert "t1-secret" in output.stdout
    assert "shown only once" in output.stderr
    assert mosaic(*create, "--json").stderr == ""


def test_revocation_prints_no_json(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(httpx.Response(204))

    assert mosaic("tokens", "revoke", TOKEN).stdout == f"revoked: {TOKEN}\n"
    assert mosaic("tokens", "revoke", TOKEN, "--json").stdout == ""


@pytest.mark.parametrize(("terminal", "created"), [(False, ["2026-01-02T03:04Z"]), (True, ["9", "m", "ago"])])
def test_tokens_are_shown_as_table(
    mosaic: Mosaic, fake_api: FakeApi, terminal: bool, created: list[str]
) -> None:
    token = {"id": "t1", "role": "viewer", "name": "ada", "createdAt": "2026-01-02T03:04:05.678Z"}
    fake_api.respond({"items": [token], "cursor": None})

    assert mosaic("tokens", "list", terminal=terminal).stdout.splitlines()[1].split() == [
        "t1",
        "viewer",
        "ada",
        *created,
    ]
