"""Parses mentions of the bot in a text into instructions or a command.

Only the first mention outside code, quotations and HTML comments counts. It can be a command if it starts its
line (`mosaic.forge.command_text`).
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from mosaic.forge.command_text import CommandText, readings
from mosaic.forge.markdown import visible


@dataclass(frozen=True)
class Mention:
    """A message to the bot: instructions, which may be empty, or a command.

    `commands` are the readings of the text as a command, the most specific first.
    """

    text: str
    commands: tuple[CommandText, ...] = ()


def parse_mention(text: str, bot: str) -> Mention | None:
    """Returns the mention of `bot` in `text`, None without one.

    The instructions are the text after a mention that starts the text, else the whole text.
    """
    match = _pattern(_login(bot)).search(visible(text))
    if match is None:
        return None
    before, after = text[: match.start()], text[match.end() :]
    mention = parse_addressed_text(after)
    begins_line = not before.rpartition("\n")[2].strip()
    if not before.strip() or (begins_line and mention.commands):
        return mention
    return Mention(text.strip())


def parse_addressed_text(text: str) -> Mention:
    """Returns the message in a text that is addressed to the bot as a whole."""
    message = re.sub(r"^[,:]?\s+|^[,:]", "", text).rstrip()
    return Mention(message, tuple(readings(message)))


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
