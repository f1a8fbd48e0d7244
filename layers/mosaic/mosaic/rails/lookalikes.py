"""Finds letters that look like others and characters that nobody sees, in the values of policies. Pure."""

from __future__ import annotations

import re
import unicodedata

# Scripts with letters that look like those of another one.
_SCRIPTS = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU"})
# Letters of these scripts that are drawn like ASCII letters, by Unicode's table of confusables (UTS 39).
_DRAWN_AS_ASCII = dict(
    zip(
        "асԁеһіјӏорԛѕԝхуѵАВСЕНІЈКМОРЅТХУԌԚԜνορΑΒΕΖΗΙΚΜΝΟΡΤΥΧցհոօսքզ",
        "acdehijlopqswxyvABCEHIJKMOPSTXYGQWvopABEZHIKMNOPTYXghnouqq",
        strict=True,
    )
)
_WORD = re.compile(r"[^\W\d_]+")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})
_JOINER = "\u200d"
# These render as nothing although Unicode counts them as letters or marks.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800")


def lookalike_in(text: str) -> str | None:
    """Returns why the text can be taken for another one, None if it cannot."""
    for position, char in enumerate(text):
        if _is_unseen(text, position, char):
            return f"has the invisible character {_name(char)}; remove it"
    for word in _WORD.findall(text):
        if reason := _word_problem(word):
            return reason
    return None


def foreign_character(char: str) -> str:
    """Returns a character with its code point and name, as an error shows it."""
    return f"`{char}` ({_name(char)})"


def _word_problem(word: str) -> str | None:
    scripts = {script: char for char in reversed(word) if (script := _script(char)) in _SCRIPTS}
    if len(scripts) > 1:
        odd = next((char for script, char in scripts.items() if script != "LATIN"), word[0])
        return f"mixes characters that look alike: {foreign_character(odd)}; write `{word}` in one alphabet"
    styled = next((char for char in word if _is_styled(char)), None)
    if styled:
        return f"has {foreign_character(styled)}, which looks like `{_plain(styled)}`; write that"
    if scripts and "LATIN" not in scripts and all(char in _DRAWN_AS_ASCII for char in word):
        plain = "".join(_DRAWN_AS_ASCII[char] for char in word)
        return f"looks like `{plain}`, but begins with {foreign_character(word[0])}; write it in Latin characters"
    return None


def _is_unseen(text: str, position: int, char: str) -> bool:
    if char == _JOINER:  # it also joins emoji to one picture
        return position == 0 or unicodedata.category(text[position - 1]) not in ("So", "Sk", "Mn")
    return char in _BLANK or unicodedata.category(char) in _UNSEEN


def _script(char: str) -> str:
    return unicodedata.name(char, "").partition(" ")[0]


def _is_styled(char: str) -> bool:
    """True for a letter that is a drawn variant of an ASCII letter, such as a mathematical or a wide one."""
    plain = _plain(char)
    return not char.isascii() and plain.isascii() and plain.isalpha() and char not in "ªº"


def _plain(char: str) -> str:
    return unicodedata.normalize("NFKC", char)


def _name(char: str) -> str:
    return f"U+{ord(char):04X} {unicodedata.name(char, 'without a name')}"
