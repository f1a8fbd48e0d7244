"""Replaces the text that a page hides, such as HTML comments, by marks that say so. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mosaic.forge.html import has_hidden_words, pieces
from mosaic.forge.markdown import BlockPositions, Document, parse, readable

if TYPE_CHECKING:
    from markdown_it.token import Token

# Hidden text needs a tag or a comment, or the definition of a link.
_MAY_HIDE = re.compile(r"<|\]:")


def marked(text: str) -> str:
    """Returns the text for a reader who sees the source: readable, with marks in the place of hidden text."""
    text = readable(text)
    return marked_from(parse(text), 0) if _MAY_HIDE.search(text) else text


def marked_from(document: Document, start: int, end: int | None = None) -> str:
    """Returns the document's text from `start` to `end`, with marks in the place of hidden text."""
    text, position, parts = document.text[:end], start, list[str]()
    for first, last in sorted(_hidden(document)):
        if last > position and first < len(text):
            parts += [text[position : max(first, position)], mark(last - max(first, position))]
            position = last
    return "".join([*parts, text[position:]])


def mark(length: int) -> str:
    """Returns the mark for hidden text of `length` characters."""
    return f"[hidden text removed: {length} characters]"


def _hidden(document: Document) -> Iterator[tuple[int, int]]:
    used = frozenset(_labels(document.tokens))
    for token in document.tokens:
        if token.type == "html_block":
            yield from _hidden_html(document, token)
        elif token.type == "definition" and token.map and token.meta["id"] not in used:
            first, end = token.map
            start = document.start_of(first)
            yield start + document.lines[first].find("["), max(start, document.start_of(end) - 1)
        elif token.type == "inline":
            yield from _hidden_inline(document, token)


def _hidden_html(document: Document, block: Token) -> Iterator[tuple[int, int]]:
    positions = BlockPositions(document, block)
    for piece in pieces(block.content):
        if piece.kind == "hidden" or (piece.kind == "tag" and has_hidden_words(piece.content)):
            yield positions.position(piece.start), positions.position(piece.end - 1) + 1


def _hidden_inline(document: Document, block: Token) -> Iterator[tuple[int, int]]:
    positions = BlockPositions(document, block)
    for token in block.children or ():
        if token.type == "html_inline" and has_hidden_words(token.content):
            start, end = token.meta["at"], token.meta["at"] + len(token.content)
            yield positions.position(start), positions.position(end - 1) + 1


def _labels(tokens: list[Token]) -> Iterator[str]:
    """Returns the labels of the definitions that links and images use."""
    for token in tokens:
        if "label" in token.meta and token.type != "definition":
            yield token.meta["label"]
        if token.children:
            yield from _labels(token.children)
