"""The lines of a comment as a reader sees them, and the words in them that its author says. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from html import unescape
from typing import TYPE_CHECKING

from mosaic.forge.email_reply import foreign_lines
from mosaic.forge.html import OpenElements, element, pieces
from mosaic.forge.markdown import Document
from mosaic.invisible import is_invisible

if TYPE_CHECKING:
    from markdown_it.token import Token

FOREIGN = "\ufffc"
"""Stands in `Line.own` for a character that is not in the author's own words."""

# A URL without angle brackets: GFM makes it a link up to the next space.
_URL = re.compile(r"(?:://|\bwww\.|\bmailto:|\bxmpp:)[^\s<]*", re.IGNORECASE)
# GFM also strikes between single tildes, which markdown-it-py leaves as text.
_STRUCK = re.compile(r"(?<!~)~(?![\s~])[^~]*(?<!\s)~(?!~)")
_ALERT = re.compile(r"\[!(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*", re.IGNORECASE)
_BREAKS = frozenset({"softbreak", "hardbreak"})
_CODE_BLOCKS = frozenset({"fence", "code_block"})


@dataclass(frozen=True)
class Line:
    """A line of the page: `text` has its visible words, with backticks around code.

    `own` has the same length, and FOREIGN for each character of code, links, URLs, quotations, struck text, and the
    message that an e-mail replies to. `first` is the line's first line in the source, `following` the one after it.
    """

    text: str
    own: str
    first: int
    following: int
    in_list: bool = False


def visible_lines(document: Document) -> tuple[list[Line], int]:
    """Returns the lines that are not blank, and the source line at which an e-mail reply ends."""
    lines = _Reader(document).lines()
    attributions, end = foreign_lines(document.lines, _code_lines(document))
    return [_as_reply(line, attributions, end) for line in lines], end


def _code_lines(document: Document) -> frozenset[int]:
    blocks = (token.map for token in document.tokens if token.type in _CODE_BLOCKS and token.map)
    return frozenset(line for first, end in blocks for line in range(first, end))


def _as_reply(line: Line, attributions: Collection[int], end: int) -> Line:
    if line.first in attributions or line.first >= end:
        return replace(line, own=FOREIGN * len(line.text))
    return replace(line, own=_STRUCK.sub(_foreign, _URL.sub(_foreign, line.own)))


def _foreign(match: re.Match[str]) -> str:
    return FOREIGN * len(match.group())


@dataclass
class _Reader:
    """Reads the tokens of a document into lines."""

    document: Document
    _lines: list[Line] = field(default_factory=list)
    _text: list[str] = field(default_factory=list)
    _own: list[str] = field(default_factory=list)
    _first: int = 0
    _quotations: list[bool] = field(default_factory=list)
    _lists: int = 0
    _marks: int = 0
    """The open links and struck passages."""
    _elements: OpenElements = field(default_factory=OpenElements)

    def lines(self) -> list[Line]:
        tokens = self.document.tokens
        for position, token in enumerate(tokens):
            if token.type == "blockquote_open":
                self._quotations.append(not _is_alert(tokens, position, nested=bool(self._quotations)))
            elif token.type == "blockquote_close":
                self._quotations.pop()
            elif token.type.startswith("list_item"):
                self._lists += token.nesting
            else:
                self._read_block(token)
        return self._lines

    def _read_block(self, token: Token) -> None:
        if token.map is None:
            return
        self._first = token.map[0]
        if token.type == "inline":
            self._read_inline(token)
        elif token.type == "html_block":
            self._read_html(token.content)
        elif token.type in _CODE_BLOCKS or token.type == "hr":
            self._add(FOREIGN)
        else:
            return
        self._end_line(token.map[1])

    def _read_inline(self, block: Token) -> None:
        line, counted = self._first, 0
        for token in block.children or ():
            if token.type in _BREAKS:
                at = token.meta["at"]
                line += block.content.count("\n", counted, at + 2)
                counted = at + 2
                self._end_line(line)
            elif token.type == "html_inline":
                self._read_tag(token.content, self._first)
            elif token.type == "code_inline":
                self._add(f"`{token.content}`", is_own=False)
            elif token.type == "image":
                self._add(" ")
            elif token.type in ("link_open", "link_close", "s_open", "s_close"):
                self._marks += token.nesting
            elif token.type == "text":
                self._add(token.content)

    def _read_html(self, html: str) -> None:
        line = self._first
        for piece in pieces(html):
            if piece.kind == "text":
                for number, part in enumerate(piece.content.split("\n")):
                    if number:
                        self._end_line(line + number)
                    self._add(unescape(part))
            else:
                self._read_tag(piece.content, line)
            line += piece.content.count("\n")

    def _read_tag(self, tag: str, line: int) -> None:
        name = element(tag)
        if self._text and self._text[-1].endswith("@"):
            # A tag or a comment after the @ is a usual way to write a name without a mention.
            self._append("\u200b", "\u200b")
        if name == "br":
            self._end_line(line + 1, first=line)
        elif name == "img":
            self._add(" ")
        self._elements.add(tag)

    def _add(self, text: str, *, is_own: bool = True) -> None:
        shown = "".join(self._visible(text))
        foreign = not is_own or self._marks or self._elements or any(self._quotations)
        self._append(shown, FOREIGN * len(shown) if foreign else shown)

    def _visible(self, text: str) -> Iterator[str]:
        """Returns the visible characters; entities can stand for others. One directly after an @ is kept."""
        if text.isascii():
            yield text
            return
        before = self._text[-1][-1:] if self._text else ""
        for character in text:
            if before == "@" or not is_invisible(character):
                yield character
                before = character

    def _append(self, text: str, own: str) -> None:
        if text:
            self._text.append(text)
            self._own.append(own)

    def _end_line(self, following: int, first: int | None = None) -> None:
        text, own = "".join(self._text), "".join(self._own)
        if text.strip():
            self._lines.append(Line(text, own, self._first, following, self._lists > 0))
        self._text.clear()
        self._own.clear()
        self._first = following if first is None else first


def _is_alert(tokens: list[Token], position: int, *, nested: bool) -> bool:
    """Whether the block quotation is an alert of GitHub's, such as a note: these are the author's own words."""
    content = tokens[position + 2 : position + 3]
    if nested or not content or content[0].type != "inline":
        return False
    return _ALERT.fullmatch(content[0].content.partition("\n")[0]) is not None
