"""The contract is public, as a document and as a self-contained page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from api.routes.openapi import EXAMPLE_ORIGIN
from tests.fakes.api import FakeApi

FILES = {
    "/openapi.json": ("openapi.json", "application/json"),
    "/docs": ("docs.html", "text/html; charset=utf-8"),
}


@pytest.mark.parametrize("headers", [{}, {"accept-encoding": "gzip, br"}])
@pytest.mark.parametrize("path", FILES)
def test_file_is_served(path: str, headers: dict[str, str], api: FakeApi) -> None:
    name, content_type = FILES[path]
    response = api.send("GET", path, headers=headers, caller=None)
    assert (response.status, response.headers["content-type"]) == (200, content_type)
    assert response.body == Path("functions/api", name).read_text("utf-8").replace(EXAMPLE_ORIGIN, "https://")
    assert ("content-encoding" in response.headers) == bool(headers)


def test_root_redirects_to_the_page(api: FakeApi) -> None:
    response = api.send("GET", "/", query="utm=x", caller=None)
    assert (response.status, response.headers["location"]) == (302, "/docs")


@pytest.mark.parametrize(
    ("headers", "origin"),
    [
        ({"host": "127.0.0.1:3130", "x-forwarded-proto": "http"}, "http://127.0.0.1:3130"),
        ({"host": "mosaic.acme.example", "x-forwarded-proto": "https"}, "https://mosaic.acme.example"),
        ({"host": "<script>"}, "https://&lt;script&gt;"),
    ],
)
def test_page_has_the_origin_of_the_request(headers: dict[str, str], origin: str, api: FakeApi) -> None:
    page = api.send("GET", "/docs", headers=headers, caller=None).body
    assert f"export MOSAIC_URL={origin} " in page
    assert EXAMPLE_ORIGIN not in page


def test_page_policy_blocks_all_loading(api: FakeApi) -> None:
    policy = api.send("GET", "/docs", caller=None).headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "script-src" not in policy
    assert "http" not in policy


def test_document_has_a_relative_server(document: Any) -> None:
    assert [server["url"] for server in document["servers"]] == ["/"]
