"""Anyone may read the contract, as a document and as a page that needs nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.fakes.api import FakeApi

FILES = {
    "/openapi.json": ("openapi.json", "application/json"),
    "/docs": ("docs.html", "text/html; charset=utf-8"),
}


@pytest.mark.parametrize("headers", [{}, {"accept-encoding": "gzip, br"}])
@pytest.mark.parametrize("path", FILES)
def test_the_committed_file_is_served(path: str, headers: dict[str, str], api: FakeApi) -> None:
    name, content_type = FILES[path]
    answered = api.send("GET", path, headers=headers, caller=None)
    assert (answered.status, answered.headers["content-type"]) == (200, content_type)
    assert answered.body == Path("functions/api", name).read_text("utf-8")
    assert ("content-encoding" in answered.headers) == bool(headers)


def test_the_root_leads_on_to_the_page(api: FakeApi) -> None:
    answered = api.send("GET", "/", query="utm=x", caller=None)
    assert (answered.status, answered.headers["location"]) == (302, "/docs")


def test_the_page_may_load_nothing(api: FakeApi) -> None:
    policy = api.send("GET", "/docs", caller=None).headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "script-src" not in policy
    assert "http" not in policy


def test_the_document_names_no_server(document: Any) -> None:
    assert [server["url"] for server in document["servers"]] == ["/"]
