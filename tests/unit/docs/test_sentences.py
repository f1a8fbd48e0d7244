"""The pages are written in short sentences."""

from __future__ import annotations

import re
from pathlib import Path
from statistics import median

import pytest

from tests.unit.docs.pages import DOCS_PAGES, FENCED, page_id

MEDIAN_WORDS = 15
LONG_WORDS = 25
LEFT_OUT = (
    FENCED,
    r"(?s)<!--.*?-->",
    r"(?m)^\s*\|.*$",  # tables
    r"(?m)^#.*$",  # headings
    r"(?m)^(!!!|\?\?\?).*$",
    r"(?s)!\[.*?\]\([^)]*\)",  # pictures
)
ENDS = re.compile(r"(?<=[.!?:;])\s+(?=[A-Z\"(0-9])")


def lengths(text: str) -> list[int]:
    """The number of words of each sentence of a page's prose, in order of length."""
    for left_out in LEFT_OUT:
        text = re.sub(left_out, "\n\n", text)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"`[^`]*`", "X", text).replace("*", "")
    text = re.sub(r"(?m)^(\s*)(?:-|\d+\.) ", r"\n\1", text)
    paragraphs = (" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", text))
    return sorted(len(sentence.split()) for each in paragraphs for sentence in ENDS.split(each) if sentence)


@pytest.mark.parametrize("page", DOCS_PAGES, ids=page_id)
def test_sentences_are_short(page: Path) -> None:
    words = lengths(page.read_text("utf-8"))

    assert median(words) <= MEDIAN_WORDS
    assert words[int(len(words) * 0.9)] <= LONG_WORDS


def test_code_and_tables_do_not_count() -> None:
    page = (
        "# Title\n\nOne two `a b c`. Three:\n\n| a | b |\n\n- Four five six\n\n```sh\nmake a b c d e f\n```\n"
    )

    assert lengths(page) == [1, 3, 3]
