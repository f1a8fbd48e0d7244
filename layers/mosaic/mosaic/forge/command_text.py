"""Parses the text behind a mention of the bot into a command, with the short code of a job.

A command is the first word of the first line. `cancel`, `retry` and `status` need a line without further words,
or a short code as the second word: "cancel" and "cancel k3x9qa wrong branch" are commands, and "cancel the
subscription flow should be fixed" is a task. A code may name an attempt of the job: "approve k3x9qa-2". `approve`
and `deny` may have a reason on the line. Further lines belong to the command, too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast, get_args

from mosaic.forge.intent import Command
from mosaic.jobs.ids import SHORT_CODE_LENGTH

_WITH_REASON = ("approve", "deny")
_WITHOUT_REASON = tuple(word for word in get_args(Command) if word not in _WITH_REASON)
_PLEASE = r"(?:,?\s+please)?"
_FLAGS = re.IGNORECASE | re.ASCII


def _words(words: tuple[str, ...]) -> str:
    return rf"(?P<word>{'|'.join(words)})"


# The alphabet of ULIDs, in which a job's id is written; a code may be copied with its backticks.
_NAME = rf"(?P<code>[0-9a-hjkmnp-tv-z]{{{SHORT_CODE_LENGTH}}})(?:-(?P<attempt>[0-9]{{1,3}}))?"
_CODE = rf"`?{_NAME}`?(?=[.,:;!]*(?:\s|$))"
_SEPARATORS = r"[\s.,:;!–—-]*"  # noqa: RUF001
_WITH_CODE = re.compile(rf"{_words(get_args(Command))}\s+{_CODE}{_PLEASE}{_SEPARATORS}(?P<rest>.*)", _FLAGS)
_ALONE = re.compile(rf"{_words(_WITHOUT_REASON)}{_PLEASE}[.!]*(?P<rest>)", _FLAGS)
_REASONED = re.compile(rf"{_words(_WITH_REASON)}(?=[\s.,:;!]|$){_SEPARATORS}(?P<rest>.*)", _FLAGS)
_DIGIT = re.compile("[0-9]")


@dataclass(frozen=True)
class CommandText:
    """One reading of a text as a command. `argument` is the reason, or the new instructions of a retry.

    `code` is in lower case; `attempt` is the number behind it. Unless `certain`, the code may be an
    ordinary word: it counts only if a job has it.
    """

    command: Command
    argument: str
    code: str | None = None
    certain: bool = True
    attempt: int | None = None


def readings(text: str) -> Iterator[CommandText]:
    """Returns the readings of `text` as a command, the most specific first; none if it is a task.

    Of several readings, the first is uncertain. If the last one is uncertain, the text may also be a task.
    """
    line, _, below = text.partition("\n")
    for pattern in (_WITH_CODE, _ALONE, _REASONED):
        if match := pattern.fullmatch(line.strip()):
            reading = _reading(match, below)
            yield reading
            if reading.certain:
                return


def _reading(match: re.Match[str], below: str) -> CommandText:
    command = cast(Command, match["word"].lower())
    rest = match["rest"].strip()
    code, attempt = _named(match) if "code" in match.re.groupindex else (None, None)
    # A word without a digit is a code if nothing but the code follows the command.
    certain = code is None or not rest or _DIGIT.search(code) is not None
    return CommandText(command, f"{rest}\n{below.strip()}".strip(), code, certain, attempt)


def _named(match: re.Match[str]) -> tuple[str, int | None]:
    """Returns the code and the attempt that the command names."""
    return match["code"].lower(), int(match["attempt"]) if match["attempt"] else None
