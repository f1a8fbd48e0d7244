"""Characters that a reader cannot see, and texts without them. Pure.

The service has the same set in `mosaic.invisible`; a test compares the two.
"""

import re
import unicodedata

_KEPT = frozenset("\n\r\t")
# Controls, formats, surrogates, private use, and what Python's version of Unicode has not assigned.
_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
# Default_Ignorable_Code_Point of Unicode, as far as the categories do not have it.
_IGNORABLE = (
    (0x034F, 0x034F),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFFA0, 0xFFA0),
    (0xE0000, 0xE0FFF),
)
# The blank pattern of Braille and the null note head are drawn as nothing.
_BLANK = frozenset("\u2800\U0001d159")
# One of these after a symbol chooses its text or emoji form; after a digit, only in a keycap.
_FORM = re.compile("(?P<base>.)(?P<form>[\ufe0e\ufe0f])(?P<keycap>\u20e3?)", re.DOTALL)
_SYMBOLS = frozenset({"So", "Sm", "Sk"})
_PUNCTUATION = frozenset("‼⁉〰〽")
_KEYS = frozenset("0123456789#*")


def is_invisible(character: str) -> bool:
    """Returns whether the character is drawn as nothing, or changes how others are drawn. Line breaks and tabs are
    visible.
    """
    if character in _KEPT:
        return False
    code = ord(character)
    return (
        unicodedata.category(character) in _CATEGORIES
        or character in _BLANK
        or any(first <= code <= last for first, last in _IGNORABLE)
    )


def invisible_at(text: str) -> frozenset[int]:
    """Returns the positions of the invisible characters in `text`.

    A selector of the text or emoji form counts as visible directly after a symbol that has both.
    """
    if text.isascii() and text.isprintable():
        return frozenset()
    invisible = {character for character in set(text) if is_invisible(character)}
    if not invisible:
        return frozenset()
    forms = {match.start("form") for match in _FORM.finditer(text) if _has_forms(match)}
    return frozenset(
        position
        for position, character in enumerate(text)
        if character in invisible and position not in forms
    )


def without_invisible(text: str) -> str:
    """Returns the text without its invisible characters."""
    positions = invisible_at(text)
    if not positions:
        return text
    return "".join(character for position, character in enumerate(text) if position not in positions)


def _has_forms(match: re.Match[str]) -> bool:
    base = match["base"]
    if base in _KEYS:
        return bool(match["keycap"])
    return base in _PUNCTUATION or (unicodedata.category(base) in _SYMBOLS and not is_invisible(base))
