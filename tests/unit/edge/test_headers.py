from __future__ import annotations

from typing import Any

import pytest

from mosaic.edge.headers import header


@pytest.mark.parametrize("spelt", ["content-type", "Content-Type", "CONTENT-TYPE"])
def test_header_name_ignores_case(spelt: str) -> None:
    assert header({"headers": {"accept": "*/*", spelt: "text/plain"}}, "content-type") == "text/plain"


@pytest.mark.parametrize("event", [{}, {"headers": None}, {"headers": {"accept": "*/*"}}])
def test_missing_header_is_none(event: dict[str, Any]) -> None:
    assert header(event, "content-type") is None
