"""Parses mentions of the bot in a text into instructions or a command.

Only the first mention in the author's own visible words counts: not in code, links, quotations, comments or the message
that an e-mail replies to (`mosaic.forge.visible_lines`). It can be a command if it starts its line
(`mosaic.forge.command_text`).
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from mosaic.forge.command_text import CommandText, readings
from mosaic.forge.hidden_text import marked_from
from mosaic.forge.markdown import Document, parse, readable
from mosaic.forge.visible_lines import FOREIGN, Line, visible_lines


@dataclass(frozen=True)
class Mention:
    """A message to the bot: instructions, which may be empty, or a command.

    `commands` are the readings of the text as a command, the most specific first. `is_addressed`: the text follows
    the mention, or is addressed to the bot as a whole.
    """

    text: str
    commands: tuple[CommandText, ...] = ()
    is_addressed: bool = False


def parse_mention(text: str, bot: str) -> Mention | None:
    """Returns the mention of `bot` in `text`, None without one.

    The instructions are the text after a mention that starts the text, else the whole text. Hidden text in them is
    replaced by marks.
    """
    login = _login(bot)
    text = readable(text)
    if login not in text.lower():
        return None
    document = parse(text)
    lines, end = visible_lines(document)
    for number, line in enumerate(lines):
        if match := _pattern(login).search(line.own):
            return _mention(document, lines[: number + 1], lines[number + 1 :], match, end)
    return None


def parse_addressed_text(text: str) -> Mention:
    """Returns the message in a text that is addressed to the bot as a whole."""
    document = parse(readable(text))
    lines, end = visible_lines(document)
    commands = _commands(document, lines[0], 0, lines[1:], end) if lines else ()
    return Mention(_message(marked_from(document, 0)), commands, is_addressed=True)


def _mention(
    document: Document, lines: list[Line], below: list[Line], match: re.Match[str], end: int
) -> Mention:
    """Returns the mention at `match` in the last of `lines`; `below` are the lines that follow."""
    line = lines[-1]
    begins_line = not line.text[: match.start()].strip()
    commands = _commands(document, line, match.end(), below, end) if begins_line else ()
    begins_text = begins_line and len(lines) == 1
    if begins_text and not below and not line.text[match.end() :].strip():
        return Mention("")
    after = _after_mention(document, line.first, match.group()) if begins_text else None
    if after is None:
        return Mention(marked_from(document, 0).strip(), commands)
    return Mention(_message(marked_from(document, after)), commands, is_addressed=True)


def _after_mention(document: Document, line: int, mention: str) -> int | None:
    """Returns the position after the mention, None unless the line of the source begins with it."""
    source = document.lines[line]
    indent = len(source) - len(source.lstrip())
    begins = source.startswith(mention, indent)
    return document.start_of(line) + indent + len(mention) if begins else None


def _commands(
    document: Document, line: Line, start: int, below: list[Line], end: int
) -> tuple[CommandText, ...]:
    """Returns the readings of the words from `start` of the line as a command. The bullet of a list is a word, too."""
    words = _message(line.text[start:])
    if line.in_list or FOREIGN in _first_word(_message(line.own[start:])):
        return ()
    broken = (other.text for other in below if other.following == line.following)
    source = marked_from(document, document.start_of(line.following), document.start_of(end))
    return tuple(readings("\n".join([words, *broken, source])))


def _message(text: str) -> str:
    return re.sub(r"^[,:]?\s+|^[,:]", "", text).rstrip()


def _first_word(text: str) -> str:
    return text.partition(" ")[0]


def is_bot(login: str, bot: str) -> bool:
    """Returns whether `login` is the bot's, as a user or as a GitHub app (`mosaic[bot]`)."""
    return _login(login) == _login(bot)


def _login(name: str) -> str:
    return name.removeprefix("@").lower().removesuffix("[bot]")


@lru_cache(maxsize=16)
def _pattern(login: str) -> re.Pattern[str]:
    """GitHub's rule: no word character or slash before the mention, no longer name, team or domain after it."""
    return re.compile(
        rf"(?<![\w@/])@{re.escape(login)}(?:\[bot\])?(?![\w@/]|-+\w|\.\w)", re.IGNORECASE | re.ASCII
    )
