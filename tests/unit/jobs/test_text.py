"""Shortening of text to a limit in bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from mosaic.jobs.text import CUT_MARK, cut, size

texts = st.text(alphabet=st.characters(codec=None), max_size=200)


@given(text=texts, limit=st.integers(32, 400))
def test_long_text_is_cut_and_marked(text: str, limit: int) -> None:
    shortened = cut(text, limit)
    assert size(shortened) <= limit
    shortened.encode("utf-8")
    if size(text) > limit:
        assert shortened.endswith(CUT_MARK)
    elif text.isascii():
        assert shortened == text


@given(text=texts)
def test_size_equals_bytes_in_stored_job(text: str) -> None:
    clean = cut(text, 10**6)
    assert size(text) == len(TypeAdapter(str).dump_json(clean)) - len(b'""')


@pytest.mark.parametrize("text", ["\x01", '"', "\\", "\n", "é", "😀", "x", "\\u0001", '\\"'])
@pytest.mark.parametrize("limit", range(40, 60))
def test_cut_never_splits_a_character(text: str, limit: int) -> None:
    shortened = cut(text * 100, limit)
    assert size(shortened) <= limit
    assert shortened.endswith(CUT_MARK)
    beginning = shortened.removesuffix(CUT_MARK)
    assert (text * 100).startswith(beginning)
    assert size(shortened) > limit - size(text[0]) - len("\\u0001")
