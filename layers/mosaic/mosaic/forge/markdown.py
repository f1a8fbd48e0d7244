"""Hides the parts of a comment that are code, quotations or HTML comments.

This is not a Markdown parser, only the part of CommonMark that matters for mentions. In doubt it hides more,
for example after a fence left open in a list.
"""

import re
from collections.abc import Iterator

_CONTAINERS = r"[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*"
_QUOTE = re.compile(_CONTAINERS + ">")
_FENCE = re.compile(_CONTAINERS + r"(`{3,}(?=[^`]*$)|~{3,})")
_LIST_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]")
_INDENTED = re.compile(r"(?: {4}|\t)")
_TOKEN = re.compile(r"`+|<!--|\n[ \t\r]*(?=\n)")


def visible(text: str) -> str:
    """Returns `text` with code, quotations and HTML comments blanked, at unchanged positions."""
    lines = text.split("\n")
    hidden = [a or b for a, b in zip(_fenced_or_quoted(lines), _indented_code(lines), strict=True)]
    kept = (" " * len(line) if hide else line for line, hide in zip(lines, hidden, strict=True))
    return _without_spans("\n".join(kept))


def _fenced_or_quoted(lines: list[str]) -> Iterator[bool]:
    fence = ""
    for line in lines:
        if fence:
            yield True
            fence = "" if _closes(fence, line) else fence
        elif _QUOTE.match(line):
            yield True
        else:
            opening = _FENCE.match(line)
            fence = opening.group(1) if opening else ""
            yield bool(opening)


def _closes(fence: str, line: str) -> bool:
    stripped = line.strip()
    return stripped.startswith(fence) and not stripped.strip(fence[0])


def _indented_code(lines: list[str]) -> Iterator[bool]:
    """Indented lines are code after a blank line, unless they continue a list item."""
    may_begin, in_list = True, False
    for line in lines:
        blank = not line.strip()
        code = bool(may_begin and not in_list and not blank and _INDENTED.match(line))
        yield code
        may_begin = blank or code
        if not blank and not code:
            in_list = bool(_LIST_ITEM.match(line)) or (in_list and line[0] in " \t")


def _without_spans(text: str) -> str:
    tokens = list(_TOKEN.finditer(text))
    ends = _code_span_ends(tokens)
    pieces, position = [], 0
    for token in tokens:
        start = token.start()
        if start < position:
            continue
        end = _comment_end(text, token.end()) if token.group() == "<!--" else ends.get(start, start)
        pieces += [text[position:start], _blank(text[start:end])]
        position = end
    return "".join([*pieces, text[position:]])


def _code_span_ends(tokens: list[re.Match[str]]) -> dict[int, int]:
    """The end of the code span that starts at each position: the next run of as many backticks.

    Walks backwards, so the cost is linear for any text.
    """
    ends: dict[int, int] = {}
    closers: dict[str, int] = {}
    for token in reversed(tokens):
        run = token.group()
        if run.startswith("\n"):
            closers.clear()  # a span ends with its paragraph at the latest
        elif run.startswith("`"):
            if run in closers:
                ends[token.start()] = closers[run]
            closers[run] = token.end()
    return ends


def _comment_end(text: str, start: int) -> int:
    end = text.find("-->", start)
    return len(text) if end < 0 else end + len("-->")


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)
