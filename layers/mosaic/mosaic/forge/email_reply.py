"""Finds the parts of an e-mail reply that its author did not write: the quoted message, and the signature. Pure."""

import re
from collections.abc import Collection, Sequence

_SIGNATURE = "-- "
_ORIGINAL = re.compile(
    r"[ \t]*(?:-{3,}|_{5,})[ \t]*"
    r"(?:original message|forwarded message|ursprüngliche nachricht|message d'origine|mensaje original)"
    r"[ \t]*-*[ \t]*",
    re.IGNORECASE,
)
_ATTRIBUTION = re.compile(
    r".{0,300}\b(?:wrote|writes|schrieb.{0,200}|a écrit|escribió|ha scritto|schreef|skrev)[ \t\xa0]?:[ \t]*",
    re.IGNORECASE,
)
_BEGINS_ATTRIBUTION = re.compile(r"[ \t]*(?:On|Am|Le|El|Il|Op|Den)\b")
# The header that Outlook puts above the quoted message.
_HEADERS = (("from",), ("sent", "date"), ("subject",))
_HEADER_LINES = 6


def foreign_lines(lines: Sequence[str], code: Collection[int]) -> tuple[frozenset[int], int]:
    """Returns the lines that introduce a quotation, and the first line of what follows the reply.

    Lines of `code` do not count. The second value is the number of lines if nothing follows the reply.
    """
    attributions = frozenset(
        number
        for last in range(len(lines))
        if last not in code and _ATTRIBUTION.fullmatch(lines[last]) and _is_quoted(lines, last + 1)
        for number in _of_attribution(lines, last)
    )
    tails = (number for number in range(len(lines)) if number not in code and _ends_reply(lines, number))
    return attributions, min(next(tails, len(lines)), _trailing_quotation(lines, attributions))


def _ends_reply(lines: Sequence[str], number: int) -> bool:
    line = lines[number]
    return line == _SIGNATURE or bool(_ORIGINAL.fullmatch(line)) or _has_headers(lines, number)


def _has_headers(lines: Sequence[str], number: int) -> bool:
    if _header(lines[number]) not in _HEADERS[0]:
        return False
    present = {_header(line) for line in lines[number : number + _HEADER_LINES]}
    return all(present.intersection(names) for names in _HEADERS)


def _header(line: str) -> str:
    return line[:20].partition(":")[0].strip(" \t*").lower()


def _is_quoted(lines: Sequence[str], number: int) -> bool:
    following = next((line for line in lines[number : number + 3] if line.strip()), "")
    return following.lstrip().startswith(">")


def _of_attribution(lines: Sequence[str], last: int) -> tuple[int, ...]:
    """A mail program breaks a long attribution into two lines."""
    broken = last > 0 and not _BEGINS_ATTRIBUTION.match(lines[last])
    return (last - 1, last) if broken and _BEGINS_ATTRIBUTION.match(lines[last - 1]) else (last,)


def _trailing_quotation(lines: Sequence[str], attributions: Collection[int]) -> int:
    """The line of the last attribution, if only a quotation follows it."""
    if not attributions:
        return len(lines)
    last = max(attributions)
    if any(line.strip() and not line.lstrip().startswith(">") for line in lines[last + 1 :]):
        return len(lines)
    return last - 1 if last - 1 in attributions else last
