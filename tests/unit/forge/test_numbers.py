"""Named numbers in the text of a check."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic.forge.numbers import MAX_NUMBERS, numbers_in


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("coverage: 84.9%", {"coverage": 84.9}),
        ("Coverage=85 %, warnings: 3.", {"coverage": 85, "warnings": 3}),
        ("| `line-rate` | x |\n`line-rate`: `0.87`", {"line-rate": 0.87}),
        ("drift: -0.5", {"drift": -0.5}),
        ("coverage: 84.9 and again coverage: 84.9", {"coverage": 84.9}),
        ("coverage: 84.9, coverage: 99", {}),
        ("coverage: 84.9", {"coverage": 84.9}),
        ("coverage 84.9", {}),
        ("coverage: high", {}),
        ("version: 1.2.3", {}),
        ("coverage: 84,9", {}),
        ("build: 4e9", {}),
        ("at 10:22", {}),
        ("", {}),
    ],
)
def test_named_numbers_are_found(text: str, expected: dict[str, float]) -> None:
    assert numbers_in(text) == expected


def test_numbers_of_all_texts_are_merged() -> None:
    assert numbers_in("coverage: 90", None, "coverage: 80") == {}
    assert numbers_in("coverage: 90", "lines: 7") == {"coverage": 90, "lines": 7}


def test_long_text_is_parsed_in_part() -> None:
    assert len(numbers_in(" ".join(f"n{place}: {place}" for place in range(10_000)))) == MAX_NUMBERS
    assert numbers_in("a" * 1_000_000 + ": 1") == {}


@given(st.text(alphabet="coverage: =1.,%-`\n", max_size=60))
def test_numbers_are_finite(text: str) -> None:
    assert all(abs(value) < 1e15 for value in numbers_in(text).values())
