"""Is the bot addressed in a text, and with what: instructions, or one of the commands.

The first mention outside code, quotations and HTML comments decides. It is a command when it begins its line
and the command word is all that follows on that line ("please" and full stops aside), so that
"@mosaic cancel" cancels and "@mosaic cancel the subscription flow should be fixed" is work. `approve` and
`deny` may give their reason on the same line. Lines after a command are its reason too.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import cast, get_args

from mosaic.forge.intent import Command
from mosaic.forge.markdown import visible

_REASONED = ("approve", "deny")
_ALONE = "|".join(word for word in get_args(Command) if word not in _REASONED)
_COMMANDS = (
    re.compile(rf"(?P<word>{_ALONE})(?:,?\s+please)?[.!]*(?P<reason>)", re.IGNORECASE | re.ASCII),
    re.compile(
        rf"(?P<word>{'|'.join(_REASONED)})(?=[\s.,:;!]|$)[\s.,:;!–—-]*(?P<reason>.*)",  # noqa: RUF001
        re.IGNORECASE | re.ASCII,
    ),
)


@dataclass(frozen=True)
class Call:
    """What was said to the bot. With a command, `text` is the reason, else the instructions; maybe empty."""

    text: str
    command: Command | None = None


def read(text: str, bot: str) -> Call | None:
    """Return what `text` asks of `bot`, or None when it does not mention it.

    The instructions are what follows a mention that opens the text, else the whole text.
    """
    mention = _pattern(_login(bot)).search(visible(text))
    if mention is None:
        return None
    before, after = text[: mention.start()], text[mention.end() :]
    call = addressed(after)
    begins_line = not before.rpartition("\n")[2].strip()
    if not before.strip() or (begins_line and call.command):
        return call
    return Call(text.strip())


def addressed(text: str) -> Call:
    """Return what `text` asks of the bot when all of it is meant for the bot."""
    said = re.sub(r"^[,:]?\s+|^[,:]", "", text).rstrip()
    line, _, rest = said.partition("\n")
    for form in _COMMANDS:
        if found := form.fullmatch(line.strip()):
            reason = f"{found['reason'].strip()}\n{rest.strip()}".strip()
            return Call(reason, cast(Command, found["word"].lower()))
    return Call(said)


def is_bot(login: str, bot: str) -> bool:
    """Is `login` the bot's own, as a user or as a GitHub app (`mosaic[bot]`)."""
    return _login(login) == _login(bot)


def _login(name: str) -> str:
    return name.removeprefix("@").lower().removesuffix("[bot]")


@lru_cache(maxsize=16)
def _pattern(login: str) -> re.Pattern[str]:
    """GitHub's rule: no word character or slash before, no longer name, team or domain after."""
    return re.compile(
        rf"(?<![\w@/])@{re.escape(login)}(?:\[bot\])?(?![\w@/]|-+\w|\.\w)", re.IGNORECASE | re.ASCII
    )
