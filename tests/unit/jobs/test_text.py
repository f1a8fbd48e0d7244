"""Cutting text to a limit in bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from mosaic.jobs.text import CUT_MARK, cut, size

texts = st.text(alphabet=st.characters(codec=None), max_size=200)


@given(text=texts, limit=st.integers(32, 400))
def test_what_fits_stays_and_what_does_not_is_cut_and_marked(text: str, limit: int) -> None:
    kept = cut(text, limit)
    assert size(kept) <= limit
    kept.encode("utf-8")
    if size(text) > limit:
        assert kept.endswith(CUT_MARK)
    elif text.isascii():
        assert kept == text


@given(text=texts)
def test_size_is_what_the_text_adds_to_a_stored_job(text: str) -> None:
    clean = cut(text, 10**6)
    assert size(text) == len(TypeAdapter(str).dump_json(clean)) - len(b'""')


@pytest.mark.parametrize("text", ["\x01", '"', "\\", "\n", "é", "😀", "x", "\\u0001", '\\"'])
@pytest.mark.parametrize("limit", range(40, 60))
def test_a_cut_never_falls_into_a_character(text: str, limit: int) -> None:
    kept = cut(text * 100, limit)
    assert size(kept) <= limit
    assert kept.endswith(CUT_MARK)
    beginning = kept.removesuffix(CUT_MARK)
    assert (text * 100).startswith(beginning)
    assert size(kept) > limit - size(text[0]) - len("\\u0001")
