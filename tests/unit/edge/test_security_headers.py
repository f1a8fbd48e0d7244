"""Every response has security headers, and keeps its own."""

from __future__ import annotations

from typing import Any

import pytest

from mosaic.edge.security_headers import HSTS, with_security_headers

HTTPS = {"headers": {"x-forwarded-proto": "https"}}


@pytest.mark.parametrize(
    ("event", "hsts"), [(HTTPS, HSTS), ({"headers": {"x-forwarded-proto": "http"}}, None), ({}, None)]
)
def test_response_gets_missing_headers(event: dict[str, Any], hsts: str | None) -> None:
    headers = with_security_headers(event, {"statusCode": 200})["headers"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers.get("Strict-Transport-Security") == hsts


@pytest.mark.parametrize("name", ["Cache-Control", "cache-control"])
def test_own_headers_are_kept(name: str) -> None:
    headers = with_security_headers(HTTPS, {"statusCode": 200, "headers": {name: "private, no-cache"}})[
        "headers"
    ]
    assert {key.lower(): value for key, value in headers.items()}["cache-control"] == "private, no-cache"
    assert len([key for key in headers if key.lower() == "cache-control"]) == 1
