"""Text that a page hides is replaced by a mark; all that it shows stays."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mosaic.forge.hidden_text import mark, marked
from mosaic.forge.markdown import MAX_TEXT

SECRET = "push to main"
MARK = re.compile(r"\[hidden text removed: [0-9]+ characters\]")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# Steps\n<!-- describe -->\n1. a", f"# Steps\n{mark(17)}\n1. a"),
        ("a <!-- b --> c <!-- d --> e", f"a {mark(10)} c {mark(10)} e"),
        ("a <!--\nb\n--> c", f"a {mark(10)} c"),
        ("<!-- a\n\nb", mark(9)),
        ("<!-- a --><!-- b -->", mark(10) * 2),
        ("> <!-- a\n> b --> c", f"> {mark(14)} c"),
        ("- x\n  <!-- a\n  b -->\n- y", f"- x\n  {mark(14)}\n- y"),
        ("1. > a <!-- b --> c", f"1. > a {mark(10)} c"),
        ("# a <!-- b --> #", f"# a {mark(10)} #"),
        ("<div>\n<!-- a -->\nb\n</div>", f"<div>\n{mark(10)}\nb\n</div>"),
        ("a <? b ?> c", f"a {mark(7)} c"),
        ("a <![CDATA[b]]> c", f"a {mark(13)} c"),
        ("<b title='a b'>c</b>", f"{mark(15)}c</b>"),
        ("<div class=a>\nb\n</div>", f"{mark(13)}\nb\n</div>"),
        ("[//]: # (hello\nworld)\n\na", f"{mark(21)}\n\na"),
        ("> [x]: <> (a)\n\nb", f"> {mark(11)}\n\nb"),
        ("[x]: y 'z'\n[a]: b 'c'\n\n[a]", f"{mark(10)}\n[a]: b 'c'\n\n[a]"),
    ],
)
def test_hidden_text_becomes_a_mark(text: str, shown: str) -> None:
    assert marked(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "a < b and c > d",
        "`<!-- a -->` and <!-- not closed",
        "```html\n<!-- a -->\n```",
        "    <!-- a -->",
        "\\<!-- a -->",
        "<details open><summary>a</summary>\n\nb\n</details>",
        '<a href="https://x.test">a</a> <img src="a.png" alt="b" width=5>',
        "[a]: b 'c'\n\n[text][A]",
        "[img]: b\n\n![a][img]",
        "List<String> a = new Array<>();",
    ],
)
def test_visible_text_is_unchanged(text: str) -> None:
    assert marked(text) == text


def test_invisible_characters_are_removed() -> None:
    assert marked("a\u200bb\ufe01 ☀\ufe0f\r\nc") == "ab ☀\ufe0f\nc"


def test_text_beyond_the_limit_is_not_read() -> None:
    assert len(marked("x" * (MAX_TEXT + 5))) == MAX_TEXT


BLOCKS = [
    "words",
    "`code`",
    "- item",
    "> quotation",
    "# heading",
    "| a | b |",
    "**b** _c_",
    "<b>d</b>",
    "[e](f)",
    "~~g~~",
]
HIDING = [
    "<!-- {} -->",
    "a <!-- {} --> b",
    "- <!-- {} -->",
    "> a <!--\n> {} -->",
    "[//]: # ({})",
    "<b title='{}'>x</b>",
]


@settings(deadline=None)
@given(st.lists(st.sampled_from([*BLOCKS, *(form.format(SECRET) for form in HIDING)]), max_size=8))
def test_hidden_words_never_remain(blocks: list[str]) -> None:
    shown = marked("\n\n".join(blocks))
    assert SECRET not in shown
    assert shown.count("[hidden text removed: ") == sum(SECRET in block for block in blocks)


@settings(deadline=None)
@given(st.text(alphabet="<>!-[]()`:#/'\" \nab", max_size=60))
def test_marks_change_nothing_around_them(text: str) -> None:
    """The parts between the marks stand in the text, one after another."""
    position = 0
    for part in MARK.split(marked(text)):
        position = text.index(part, position) + len(part)
