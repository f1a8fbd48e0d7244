"""Problems of the real API as the command line shows them."""

import httpx
import pytest

from tests.fakes.api import FakeApi as Server
from tests.unit.cli.conftest import FakeApi, Mosaic

CREATE = "jobs create --type git-status --instructions x"


@pytest.fixture(autouse=True)
def server(fake_api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replaces the fake responses with those of the API's own code."""
    real = Server()

    def handle(request: httpx.Request) -> httpx.Response:
        url = request.url
        response = real.send(request.method, url.path, request.content or None, query=url.query.decode())
        return httpx.Response(response.status, text=response.body)

    monkeypatch.setattr(fake_api, "handle", handle)


@pytest.mark.parametrize(
    ("command", "option"),
    [
        (f"{CREATE} --capability pr:create --capability x", "--capability (number 2)"),
        (f"{CREATE} --path {'x' * 5000}", "--path (number 1)"),
        (f"{CREATE} --priority 99", "--priority"),
        ("tokens create --name ci --role reporter --gate test --gate A/B", "--gate (number 2)"),
        ("jobs list --limit 1000", "--limit"),
    ],
)
def test_single_invalid_field_is_one_line(mosaic: Mosaic, command: str, option: str) -> None:
    result = mosaic(*command.split())

    assert result.exit_code == 6
    assert result.stderr.startswith(f"mosaic: {option}: ")
    assert result.stderr.endswith(" (invalid_request)\n")
    assert result.stderr.count("\n") == 1


def test_several_invalid_fields_are_listed(mosaic: Mosaic) -> None:
    lines = mosaic(*f"{CREATE} --priority 99 --capability x".split()).stderr.splitlines()

    assert sorted(line.split(": ")[0] for line in lines[1:]) == ["  --capability (number 1)", "  --priority"]
