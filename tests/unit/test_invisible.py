"""Which characters are invisible: by Unicode's own properties, and the same in the service and the command line."""

import sys

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from mosaic import invisible
from mosaic_cli.rendering import invisible as invisible_in_cli

DEFAULT_IGNORABLE = regex.compile(r"\p{Default_Ignorable_Code_Point}")
FORMS = "\ufe0e\ufe0f"

texts = st.text(
    st.characters()
    | st.sampled_from("\u200b\u200d\u034f\u3164\ufe0f\ufe01\U000e0041☀1\u20e3😀\ue000\ud800\n")
)


def test_default_ignorable_characters_are_invisible() -> None:
    characters = map(chr, range(sys.maxunicode + 1))
    assert [
        hex(ord(c)) for c in characters if DEFAULT_IGNORABLE.match(c) and not invisible.is_invisible(c)
    ] == []


@pytest.mark.parametrize(
    ("characters", "hidden"),
    [
        ("\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b\u180e\u180f", True),
        ("\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2064\u2066\u2069\u206f", True),
        ("\u2800\u3164\ufe00\ufe0e\ufe0f\ufeff\uffa0\ufff9", True),
        ("\U0001d159\U0001d173\U000e0001\U000e0020\U000e007f\U000e0100\U000e01ef", True),
        ("\ue000\uf8ff\U000f0000\U0010fffd", True),
        ("\ud800\udfff\ufdd0\uffff\U0001fffe", True),
        ("\x00\x07\x08\x0b\x0c\x1b\x7f\x80\x85\x9b", True),
        ("\n\r\t", False),
        (" \u00a0\u2003\u3000\u2028\u2029", False),
        ("aé修ل😀☀", False),
        ("\u0301\u20e3\U0001f3fb", False),
    ],
)
def test_characters_are_sorted(characters: str, hidden: bool) -> None:
    assert {invisible.is_invisible(character) for character in characters} == {hidden}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("☀\ufe0f ☀\ufe0e", "☀\ufe0f ☀\ufe0e"),
        ("☀\ufe0f\ufe0f\ufe0e", "☀\ufe0f"),
        ("👍🏽\ufe0f", "👍🏽\ufe0f"),
        ("1\ufe0f\u20e3 #\ufe0f\u20e3", "1\ufe0f\u20e3 #\ufe0f\u20e3"),
        ("1\ufe0f a\ufe0f", "1 a"),
        ("\u2800\ufe0f\ufe0fa", "a"),
        ("👩\u200d💻", "👩💻"),
        ("a\n\u200b\tb", "a\n\tb"),
        ("Nice bug👍\U000e0101\U000e0102", "Nice bug👍"),
    ],
)
def test_text_loses_what_is_invisible(text: str, shown: str) -> None:
    assert invisible.without_invisible(text) == shown


@given(texts)
def test_nothing_ignorable_remains(text: str) -> None:
    shown = invisible.without_invisible(text)
    left = [position for position, character in enumerate(shown) if DEFAULT_IGNORABLE.match(character)]
    assert all(shown[position] in FORMS and position for position in left)
    assert all(not DEFAULT_IGNORABLE.match(shown[position - 1]) for position in left)


@given(texts)
def test_visible_text_is_unchanged(text: str) -> None:
    shown = invisible.without_invisible(text)
    assert invisible.without_invisible(shown) == shown
    kept = [character for character in text if not invisible.is_invisible(character)]
    assert [character for character in shown if character not in FORMS] == kept


def test_command_line_has_the_same_set() -> None:
    for code in range(sys.maxunicode + 1):
        assert invisible.is_invisible(chr(code)) == invisible_in_cli.is_invisible(chr(code))


@given(texts)
def test_command_line_finds_the_same_positions(text: str) -> None:
    assert invisible.invisible_at(text) == invisible_in_cli.invisible_at(text)
