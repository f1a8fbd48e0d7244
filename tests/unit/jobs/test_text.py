"""Cutting text to a limit in bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

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
