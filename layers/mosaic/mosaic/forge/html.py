"""HTML within Markdown: its tags, its comments, and the elements whose text is not the author's own. Pure."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

# GitHub ignores mentions in code and links; the rest is code, quotations, struck text, or text that no page shows.
_FOREIGN = frozenset(
    {"a", "blockquote", "code", "del", "iframe", "kbd", "listing", "noembed", "noframes", "plaintext", "pre"}
    | {"q", "s", "samp", "script", "strike", "style", "template", "textarea", "title", "tt", "xmp"}
)
# The attributes of a page's layout. Others, such as `title` and `data-`, can hold words that a page does not show.
_LAYOUT = frozenset(
    {
        "align",
        "alt",
        "colspan",
        "height",
        "href",
        "open",
        "rowspan",
        "src",
        "srcset",
        "start",
        "type",
        "valign",
    }
    | {"width"}
)
_TAG = re.compile(r"</?(?P<name>[A-Za-z][A-Za-z0-9-]*)(?P<attributes>(?:[^<>\"']|\"[^\"]*+\"|'[^']*+')*+)>")
_ATTRIBUTE = re.compile(r"([^\s\"'<>/=]++)(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s\"'=<>`]++))?+")
_HIDDEN = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<!", ">"), ("<?", "?>"))


@dataclass(frozen=True)
class Piece:
    """A part of HTML, from `start` to `end`: text, a tag, or a comment or another hidden part."""

    kind: Literal["text", "tag", "hidden"]
    content: str
    start: int

    @property
    def end(self) -> int:
        """The position after the part."""
        return self.start + len(self.content)


def pieces(html: str) -> Iterator[Piece]:
    """Returns the parts of the HTML in their order. A comment without an end takes the rest."""
    last_close, start, position = html.rfind(">"), 0, html.find("<")
    while position >= 0:
        piece = _markup(html, position, last_close)
        if piece:
            if start < position:
                yield Piece("text", html[start:position], start)
            yield piece
            start = piece.end
        position = html.find("<", piece.end if piece else position + 1)
    if start < len(html):
        yield Piece("text", html[start:], start)


def _markup(html: str, position: int, last_close: int) -> Piece | None:
    for opening, closing in _HIDDEN:
        if html.startswith(opening, position):
            end = html.find(closing, position + len(opening))
            return Piece(
                "hidden", html[position:] if end < 0 else html[position : end + len(closing)], position
            )
    match = _TAG.match(html, position) if position < last_close else None
    return Piece("tag", match.group(), position) if match else None


def element(tag: str) -> str:
    """Returns the name of a tag's element in lower case, or "" for a comment and other hidden parts."""
    match = _TAG.fullmatch(tag)
    return match["name"].lower() if match else ""


def has_hidden_words(tag: str) -> bool:
    """Returns whether the part is a comment, or a tag with attributes whose words a page does not show."""
    match = _TAG.fullmatch(tag)
    if match is None:
        return True
    return any(name.lower() not in _LAYOUT for name in _ATTRIBUTE.findall(match["attributes"]))


class OpenElements:
    """The open elements whose text is not the author's own, such as code, links and quotations."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    def __bool__(self) -> bool:
        """Whether any is open."""
        return self._open.total() > 0

    def add(self, tag: str) -> None:
        """Opens or closes the element of the tag."""
        name = element(tag)
        if name not in _FOREIGN:
            return
        if not tag.startswith("</"):
            # A link cannot be within a link: the second one ends the first.
            self._open[name] = 1 if name == "a" else self._open[name] + 1
        elif self._open[name]:
            self._open[name] -= 1
