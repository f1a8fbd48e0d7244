"""Parses the Markdown of comments: CommonMark with GFM's strikethrough.

Tables and footnotes are read as the text that they consist of. The parser's time is linear in the length of the
text. It is imported at the first text that needs it, because it costs more than the rest of a delivery.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

from mosaic.invisible import invisible_at

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

MAX_TEXT = 65_536
"""The characters of a text that are read; GitHub allows no more."""


@dataclass(frozen=True)
class Document:
    """A text and its Markdown. Lines are counted from 0."""

    text: str
    tokens: list[Token]

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text."""
        return self.text.split("\n")

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *accumulate(len(line) + 1 for line in self.lines)]

    def start_of(self, line: int) -> int:
        """Returns the position in the text at which the line starts; at the end of the text for further lines."""
        return min(self._starts[min(line, len(self.lines))], len(self.text))


class BlockPositions:
    """Where the characters of a block's content stand in the text.

    The content has the lines of the text, without the marks of quotations, lists and headings.
    """

    def __init__(self, document: Document, block: Token) -> None:
        self._document = document
        self._lines = block.content.split("\n")
        self._starts = [0, *accumulate(len(line) + 1 for line in self._lines)]
        self._first = block.map[0] if block.map else 0
        self._shifts: dict[int, int] = {}

    def position(self, at: int) -> int:
        """Returns the position in the text of the character `at` of the content."""
        line = bisect_right(self._starts, at) - 1
        if line not in self._shifts:
            self._shifts[line] = self._shift(line)
        return self._shifts[line] + at - self._starts[line]

    def _shift(self, line: int) -> int:
        """Returns the position in the text of the content's line."""
        content, number = self._lines[line], self._first + line
        indent = len(content) - len(content.lstrip())
        column = self._document.lines[number].rfind(content.strip()) - indent
        return self._document.start_of(number) + max(column, 0)


def parse(text: str) -> Document:
    """Returns the Markdown of the text, which `readable` has prepared."""
    return Document(text, _parser().parse(text))


def readable(text: str) -> str:
    """Returns the first MAX_TEXT characters without invisible ones, and with line feeds as line breaks.

    An invisible character directly after an @ is kept: it is the usual way to write a name without a mention.
    """
    text = text[:MAX_TEXT].replace("\r\n", "\n").replace("\r", "\n")
    hidden = invisible_at(text)
    if not hidden:
        return text
    kept = {position for position in hidden if position and text[position - 1] == "@"}
    return "".join(
        character for position, character in enumerate(text) if position not in hidden or position in kept
    )


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import escape, html_inline, newline

    parser = MarkdownIt("commonmark", {"inline_definitions": True, "store_labels": True})
    parser.enable("strikethrough")
    for name, rule in (("escape", escape), ("html_inline", html_inline), ("newline", newline)):
        parser.inline.ruler.at(name, _with_position(rule))
    return parser


def _with_position(rule: Callable[[StateInline, bool], bool]) -> Callable[[StateInline, bool], bool]:
    """Returns the rule, whose tokens get their position in the block's content as `at`."""

    def located(state: StateInline, silent: bool) -> bool:
        start, before = state.pos, len(state.tokens)
        if not rule(state, silent):
            return False
        for token in state.tokens[before:]:
            token.meta["at"] = start
        return True

    return located
