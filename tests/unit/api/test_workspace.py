"""Limits of a workspace's configuration over the API."""

from __future__ import annotations

from typing import Any

import pytest

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


@pytest.mark.parametrize(
    ("labels", "field"),
    [
        ({"needs review": "review", "Bug": "code-task"}, None),
        ({"bug": "moon"}, "triggers.labels.bug"),
        ({"": "review"}, "triggers.labels."),
        ({f"label {number}": "review" for number in range(51)}, "triggers.labels"),
    ],
)
def test_labels_name_job_types(api: FakeApi, labels: dict[str, str], field: str | None) -> None:
    seen = api.send("GET", "/workspaces/current").json
    triggers = {**seen["triggers"], "labels": labels}
    response = api.send("PUT", "/workspaces/current", {**seen, "triggers": triggers})
    if field is None:
        assert list(response.json["triggers"]["labels"].items()) == list(labels.items()), "the order counts"
        return
    assert response.status == 422
    assert response.fields[0].startswith(field)


def test_triggers_without_labels_have_none(api: FakeApi) -> None:
    seen = api.send("GET", "/workspaces/current").json
    triggers = {name: type for name, type in seen["triggers"].items() if name != "labels"}
    response = api.send("PUT", "/workspaces/current", {**seen, "triggers": triggers})
    assert response.json["triggers"]["labels"] == {}
