"""Limits of a workspace's configuration over the API."""

from __future__ import annotations

from typing import Any

from tests.fakes.api import FakeApi


def people(names: int) -> dict[str, Any]:
    """A hundred people, each with so many actors of 190 characters."""
    return {
        f"person{n}": [f"github:{n:03d}{k:02d}".ljust(190, "x") for k in range(names)] for n in range(100)
    }


def test_size_limit_names_the_largest_part(api: FakeApi) -> None:
    seen = api.send("GET", "/workspaces/current").json
    first = api.send("PUT", "/workspaces/current", {**seen, "people": people(13)})
    assert first.status == 200
    kept = {name: value for name, value in first.json.items() if name != "people"}
    assert api.send("PUT", "/workspaces/current", {**kept, "policies": "// little"}).status == 200
    kept["version"] += 1
    refused = api.send("PUT", "/workspaces/current", {**kept, "policies": "//" + "x" * 30_000})
    assert refused.status == 422
    [error] = refused.json["errors"]
    assert error["field"] == "people"
    assert "262144" in error["message"]
