"""Parses mentions of the bot in a text into instructions or a command.

Only the first mention outside code, quotations and HTML comments counts. It is a command if it starts its
line and only the command word follows ("please" and full stops aside). So "@mosaic cancel" cancels, and
"@mosaic cancel the subscription flow should be fixed" is work. `approve` and `deny` may have a reason on the
same line. Lines after a command belong to its reason, too.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import cast, get_args

from mosaic.forge.intent import Command
from mosaic.forge.markdown import visible

_WITH_REASON = ("approve", "deny")
_WITHOUT_REASON = "|".join(word for word in get_args(Command) if word not in _WITH_REASON)
_COMMANDS = (
    re.compile(rf"(?P<word>{_WITHOUT_REASON})(?:,?\s+please)?[.!]*(?P<reason>)", re.IGNORECASE | re.ASCII),
    re.compile(
        rf"(?P<word>{'|'.join(_WITH_REASON)})(?=[\s.,:;!]|$)[\s.,:;!–—-]*(?P<reason>.*)",  # noqa: RUF001
        re.IGNORECASE | re.ASCII,
    ),
)


@dataclass(frozen=True)
class Mention:
    """A message to the bot. `text` is the reason of a command, else the instructions; it may be empty."""

    text: str
    command: Command | None = None


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
    if not before.strip() or (begins_line and mention.command):
        return mention
    return Mention(text.strip())


def parse_addressed_text(text: str) -> Mention:
    """Returns the message in a text that is addressed to the bot as a whole."""
    message = re.sub(r"^[,:]?\s+|^[,:]", "", text).rstrip()
    line, _, rest = message.partition("\n")
    for pattern in _COMMANDS:
        if match := pattern.fullmatch(line.strip()):
            reason = f"{match['reason'].strip()}\n{rest.strip()}".strip()
            return Mention(reason, cast(Command, match["word"].lower()))
    return Mention(message)


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
