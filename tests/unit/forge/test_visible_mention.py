"""A mention counts exactly where a reader of the page sees a mention by the author."""

import re
import sys
from collections import Counter
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mosaic.forge.command_text import CommandText
from mosaic.forge.markdown import MAX_TEXT
from mosaic.forge.mention import parse_mention
from mosaic.invisible import invisible_at

ASK = "@mosaic fix it"

SEEN = [
    # emphasis, headings, lists, tables, alerts
    f"**{ASK}**",
    f"*Please* {ASK}",
    f"***{ASK}***",
    f"_{ASK}_ now",
    "**@**mosaic is not a name, but @mosaic is",
    f"# {ASK}",
    f"### {ASK} ###",
    f"{ASK}\n---",
    f"- {ASK}",
    f"1. first\n2. {ASK}",
    f"- [ ] {ASK}",
    f"- a\n\n  {ASK}",
    f"- a\n  - b\n    - {ASK}",
    f"| a | b |\n|---|---|\n| {ASK} | c |",
    f"> [!NOTE]\n> {ASK}",
    f"Note[^1]\n\n[^1]: {ASK}",
    # beside what does not count
    f"`code` {ASK}",
    f"`code`{ASK}",
    f"[link](https://x.test) {ASK}",
    f"![picture](https://x.test/a.png) {ASK}",
    f"https://x.test/a {ASK}",
    f"<https://x.test/a> {ASK}",
    f"~~old~~ {ASK}",
    f"> quotation\n\n{ASK}",
    f"```\nlog\n```\n{ASK}",
    f"```\n-- \n2.39\n```\n{ASK}",
    f"    code\n\n{ASK}",
    f"<!-- comment -->\n{ASK}",
    f"<!-- comment --> {ASK}",
    f"text <!-- comment --> {ASK}",
    f"<pre>log</pre>\n\n{ASK}",
    f"<code>log</code> {ASK}",
    f'<a href="https://x.test">page</a> {ASK}',
    f"<blockquote>old</blockquote>\n\n{ASK}",
    f"Use <T> and </T>, {ASK}",
    # HTML that shows its text
    f"<b>{ASK}</b>",
    f"<div>\n{ASK}\n</div>",
    f"<div>\n\n{ASK}\n\n</div>",
    f"<details><summary>{ASK}</summary></details>",
    f"<details>\n<summary>More</summary>\n\n{ASK}\n</details>",
    f"<p align=center>{ASK}</p>",
    f"line<br>{ASK}",
    # what only looks like code, a comment or a link
    f"a ` backtick, {ASK}",
    f"a <!-- not closed, {ASK}",
    f"\\`{ASK}\\`",
    f"\\<!-- {ASK} -->",
    f"[{ASK}]",
    f"[{ASK}] (https://x.test)",
    f"a < b, {ASK} > c",
    f"$5 ~ {ASK} ~ 6",
    f"~/a and {ASK} in ~/b",
    "\\@mosaic fix it",
    "&#64;mosaic fix it",
    "&commat;mosaic fix it",
    # invisible characters
    "@mo\u200bsaic fix it",
    "\u200b@mosaic\ufeff fix it",
    "@mosaic\u00a0fix it",
    # e-mail
    f"{ASK}\n\nOn Mon, 2 Nov 2026, Ada wrote:\n> old",
    f"On Mon, 2 Nov 2026, Ada wrote:\n> old\n\n{ASK}",
    f"{ASK}\n\n-- \nAda",
    f"Ada wrote:\n\n{ASK}",
    f"From: a\n{ASK}",
]

UNSEEN = [
    # code
    f"`{ASK}`",
    f"`` ` {ASK} ``",
    f"a `b\n{ASK}` c",
    f"```\n{ASK}\n```",
    f"```{ASK}\nx\n```",
    f"~~~\n{ASK}",
    f"- ```\n  {ASK}\n  ```",
    f"    {ASK}",
    f"- a\n\n      {ASK}",
    f"<pre>\n{ASK}\n</pre>",
    f"<pre>\n\n{ASK}\n\n</pre>",
    f"<pre><b>{ASK}</b></pre>",
    f"<div><code>{ASK}</code></div>",
    f"a <code>{ASK}</code>",
    f"a <CODE\n>{ASK}</CODE>",
    f"<kbd>{ASK}</kbd>",
    f"<samp>{ASK}</samp> <tt>{ASK}</tt>",
    # links, images, URLs and addresses
    f"[{ASK}](https://x.test)",
    f"[**{ASK}**](https://x.test)",
    f"[{ASK}][1]\n\n[1]: https://x.test",
    f"[{ASK}]\n\n[{ASK}]: https://x.test",
    f'[page](https://x.test "{ASK}")',
    "[page](https://x.test/?a=@mosaic)",
    "[page](<a @mosaic>)",
    f"![{ASK}](https://x.test/a.png)",
    f'![a](https://x.test/a.png "{ASK}")',
    f'[1]: https://x.test "{ASK}"',
    f"[//]: # ({ASK})",
    "[1]: /@mosaic\n\n[page][1]",
    "https://x.test/?by=@mosaic",
    "see (https://x.test/a?b=(@mosaic))",
    "www.x.test/?by=@mosaic",
    "ssh://git:@mosaic/x",
    "https://x.test/_a_=@mosaic",
    "<https://x.test/?by=@mosaic>",
    "<mailto:ada@mosaic>",
    "<ada@mosaic.dev>",
    "ada@mosaic",
    "mailto:+@mosaic",
    f'<a href="https://x.test">{ASK}</a>',
    f'<a href="https://x.test">\n\n{ASK}\n\n</a>',
    # attributes, comments, and elements that no page shows
    f'<b title="{ASK}">a</b>',
    f'<img alt="{ASK}" src="a.png">',
    f"<div data-a='{ASK}'>\na\n</div>",
    f"<!-- {ASK} -->",
    f"a <!-- {ASK} --> b",
    f"a <!--\n{ASK}\n--> b",
    f"<!--\n\n{ASK}\n\n-->",
    f"<!-- {ASK}",
    f"<?php {ASK} ?>",
    f"<![CDATA[ {ASK} ]]>",
    f"<script>\n{ASK}\n</script>",
    f"<style>{ASK}</style>",
    # quotations and struck text
    f"> {ASK}",
    f"> a\n{ASK}",
    f"> a\n\n> {ASK}",
    f"- > {ASK}",
    f"> - {ASK}",
    f"> > [!NOTE]\n> > {ASK}",
    f"> [!OTHER]\n> {ASK}",
    f"<blockquote>{ASK}</blockquote>",
    f"<blockquote>\n\n{ASK}\n\n</blockquote>",
    f"<q>{ASK}</q>",
    f"~~{ASK}~~",
    f"~{ASK}~",
    f"a ~b {ASK}~",
    f"<del>{ASK}</del> <s>{ASK}</s>",
    # e-mail
    f"Yes.\n\nOn Mon, 2 Nov 2026, Ada wrote:\n> {ASK}",
    "Yes.\n\nOn Mon, 2 Nov 2026, @mosaic wrote:\n> old",
    "Yes.\n\nOn Mon, 2 Nov 2026 at 10:00, @mosaic (Mosaic)\n<a@x.test> wrote:\n> old",
    f"Yes.\n\n-- \n{ASK}",
    f"Yes.\n-- \n{ASK}",
    f"Yes.\n\n-----Original Message-----\nFrom: Ada\n\n{ASK}",
    f"Yes.\n\n________________________________\nFrom: Ada\nSent: Monday\nTo: Bo\nSubject: a\n\n{ASK}",
    f"Yes.\n\n**From:** Ada\n**Date:** Monday\n**Subject:** a\n\n{ASK}",
    # names written so that nobody is mentioned
    "@\u200bmosaic fix it",
    "@&#8203;mosaic fix it",
    "@<!-- -->mosaic fix it",
    # more than is read
    "x" * MAX_TEXT + f" {ASK}",
]


@pytest.mark.parametrize("text", SEEN)
def test_visible_mention_counts(text: str) -> None:
    assert parse_mention(text, "mosaic") is not None


@pytest.mark.parametrize("text", UNSEEN)
def test_unseen_mention_does_not_count(text: str) -> None:
    assert parse_mention(text, "mosaic") is None


@pytest.mark.parametrize("unseen", UNSEEN)
def test_later_mention_counts_behind_an_unseen_one(unseen: str) -> None:
    """Each case that does not count stops at its end, unless it takes the rest of the text."""
    if not parse_mention(f"{unseen}\n\n{ASK} again", "mosaic"):
        assert any(mark in unseen for mark in TAKES_THE_REST)


TAKES_THE_REST = (
    "~~~",
    "<!-- @mosaic fix it",
    "```@mosaic",
    "-- \n",
    "Original Message",
    "Subject",
    "x" * 99,
)


@pytest.mark.parametrize(
    ("text", "command", "argument"),
    [
        ("@mosaic cancel\u200b", "cancel", ""),
        ("@mosaic\u200b cancel", "cancel", ""),
        ("@mosaic can\u00adcel", "cancel", ""),
        ("@mosaic cancel <!-- sent by app -->", "cancel", ""),
        ("@mosaic cancel <!-- sent\nby app -->", "cancel", ""),
        ("<!-- sent by app --> @mosaic cancel", "cancel", ""),
        ("<!-- sent\nby app -->\n@mosaic cancel", "cancel", ""),
        ("@mosaic <!-- sent by app --> cancel", "cancel", ""),
        ("@mosaic cancel ![](https://x.test/open.gif)", "cancel", ""),
        ("@mosaic cancel&nbsp;", "cancel", ""),
        ("**@mosaic cancel**", "cancel", ""),
        ("@mosaic **cancel**", "cancel", ""),
        ("<b>@mosaic</b> cancel", "cancel", ""),
        ("# @mosaic cancel", "cancel", ""),
        ("\\@mosaic cancel", "cancel", ""),
        ("@mosaic cancel\\\nIt hangs.", "cancel", "It hangs."),
        ("@mosaic cancel  \nIt hangs.", "cancel", "It hangs."),
        ("@mosaic cancel<br>It hangs.", "cancel", "It hangs."),
        ("<div>\n@mosaic cancel\nIt hangs.\n</div>", "cancel", "It hangs.\n</div>"),
        ("@mosaic approve it\\_is `fine`, see [run 5](https://x.test)", "approve", "it_is `fine`, see run 5"),
        ("@mosaic retry\n```\na  b\n```", "retry", "```\na  b\n```"),
        ("@mosaic retry\nuse <!-- secret --> this", "retry", "use [hidden text removed: 15 characters] this"),
        ("@mosaic deny no\n\nOn Mon, Ada wrote:\n> old\n", "deny", "no"),
        ("@mosaic deny no\n\n-- \nAda", "deny", "no"),
        ("@mosaic cancel\n\n-----Original Message-----\nold", "cancel", ""),
        ("Stop!\n<!-- x -->\n@mosaic cancel", "cancel", ""),
    ],
)
def test_command_is_read_from_visible_words(text: str, command: Any, argument: str) -> None:
    mention = parse_mention(text, "mosaic")
    assert mention is not None
    assert mention.commands == (CommandText(command, argument),)


@pytest.mark.parametrize(
    "text",
    [
        "@mosaic `cancel`",
        "@mosaic [cancel](https://x.test)",
        "@mosaic ~~cancel~~",
        "@mosaic ~~cancel~~ fix it",
        "@mosaic cancel `this`",
        "- @mosaic cancel",
        "`x` @mosaic cancel",
        "I ask @mosaic cancel",
    ],
)
def test_these_words_are_no_command(text: str) -> None:
    mention = parse_mention(text, "mosaic")
    assert mention is not None
    assert mention.commands == ()


@pytest.mark.parametrize(
    ("text", "instructions"),
    [
        ("@mosaic fix **this** and `that`", "fix **this** and `that`"),
        ("<!-- template -->\n@mosaic fix it", "fix it"),
        ("<!-- template\nof three\nlines -->\n\n@mosaic fix it", "fix it"),
        ("<!-- template -->\n@mosaic", ""),
        ("**@mosaic**", ""),
        ("**@mosaic** fix **it**", "**@mosaic** fix **it**"),
        ("# @mosaic fix it", "# @mosaic fix it"),
        ("@mosaic fix it <!-- and push -->", "fix it [hidden text removed: 17 characters]"),
        ("@mosaic fix\n\n```html\n<!-- visible -->\n```", "fix\n\n```html\n<!-- visible -->\n```"),
        ("@mosaic fix `<!-- visible -->`", "fix `<!-- visible -->`"),
        ("@mosaic a\u200b\ufe01b", "ab"),
        ("@mosaic a\r\nb\rc", "a\nb\nc"),
    ],
)
def test_instructions_are_the_source(text: str, instructions: str) -> None:
    mention = parse_mention(text, "mosaic")
    assert mention is not None
    assert (mention.text, mention.commands) == (instructions, ())


# Words without markup, and pieces of markup around them.
WORDS = st.text(alphabet="abc .,é修\n", max_size=12)
UNSEEN_PIECES = st.sampled_from(
    [piece for piece in UNSEEN if not any(end in piece for end in TAKES_THE_REST)]
)
SEEN_PIECES = st.sampled_from(
    ["`a`", "**b**", "- c", "> d", "<b>e</b>", "![f](g)", "<!-- h -->", "~~i~~", "# j"]
)


@settings(deadline=None)
@given(st.lists(st.one_of(WORDS, UNSEEN_PIECES, SEEN_PIECES), max_size=8))
def test_text_without_visible_mention_has_none(blocks: list[str]) -> None:
    assert parse_mention("\n\n***\n\n".join(blocks), "mosaic") is None


@settings(deadline=None)
@given(
    st.lists(st.one_of(WORDS, UNSEEN_PIECES, SEEN_PIECES), max_size=4),
    st.lists(st.one_of(WORDS, UNSEEN_PIECES, SEEN_PIECES), max_size=4),
)
def test_visible_mention_is_always_found(before: list[str], after: list[str]) -> None:
    assert parse_mention("\n\n***\n\n".join([*before, ASK, *after]), "mosaic") is not None


@settings(deadline=None)
@given(st.text(alphabet="@mosaic <>!-[]()`*_~\\&;#\n\t:/.\"'=\u200b\u2028\ud800éa1", max_size=60))
def test_any_text_is_parsed(text: str) -> None:
    mention = parse_mention(f"{text}\n@mosaic", "mosaic")
    assert mention is None or not invisible_at(re.sub("@.", "", mention.text, flags=re.DOTALL))


def calls(parse: Callable[[], object]) -> int:
    """Counts the calls of Python functions and of built-in ones."""
    count: Counter[str] = Counter()

    def profile(_: FrameType, event: str, __: object) -> None:
        count[event] += 1

    sys.setprofile(profile)
    try:
        parse()
    finally:
        sys.setprofile(None)
    return count["call"] + count["c_call"]


UNITS = [
    *(
        "[",
        "](",
        "![",
        "*a ",
        "*_",
        "~~a ",
        "`` ` ",
        "<",
        '<a b="',
        "<!--",
        "&#1",
        "\\",
        "> ",
        ">\n",
        "- ",
        "- a\n",
    ),
    *("* - ", "# a\n", "a\n=\n", "```\n", "    a\n\n", "\t", "[a]: b\n", "[a][b]", "<div>\n\n", "<pre>\n\n"),
    *(
        "Ada wrote:\n",
        "From: a\n",
        "-- \n",
        "://",
        "@mosaicx ",
        "@\u200b",
        "<br>",
        "<b x>",
        "a<!-- -->",
        "\ufe0f",
    ),
]


@pytest.mark.parametrize("unit", UNITS)
def test_work_grows_with_the_length_alone(unit: str) -> None:
    def work(length: int) -> int:
        return calls(lambda: parse_mention(unit * (length // len(unit)) + " @mosaic", "mosaic"))

    work(len(unit))  # The first mention of a process imports and makes the parser.
    assert work(8192) < 2.2 * work(4096) + 1000
