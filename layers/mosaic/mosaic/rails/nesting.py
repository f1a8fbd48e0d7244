"""Measures how deeply the text of a policy is nested, before Cedar's parser reads it. Pure.

cedarpy 4.12.2 reads expressions of at most 100 levels. On some texts that are nested far deeper it ends the process
instead of raising an error. So a deep text may not reach it.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

# What cedarpy accepts has at most 100 levels, brackets not counted.
MAX_HEIGHT = 300

_TOKEN = re.compile(
    r'"(?:\\.|[^"\\])*"?|//[^\n]*|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<end>,|;)|(?P<or>\|\|)|(?P<and>&&)'
    r"|(?P<chain>[.+*-]|\bif\b|\bin\b|[=!<>]=?)",
    re.DOTALL,
)
_EQUALITY = re.compile(r'([a-z]+\.[A-Za-z]+)\s*==\s*"')


@dataclass
class _Level:
    """The height of the text between two brackets, by the operators that it has in a row."""

    alternatives: int = 0
    conjunctions: int = 0
    most_conjunctions: int = 0
    chain: int = 0
    longest_chain: int = 0
    inner: int = 0
    before: int = 0

    def add(self, kind: str) -> None:
        """Counts an operator. An operator that binds less tightly ends the row of the others."""
        if kind == "chain":
            self.chain += 1
            self.longest_chain = max(self.longest_chain, self.chain)
            return
        self.chain = 0
        if kind == "and":
            self.conjunctions += 1
            self.most_conjunctions = max(self.most_conjunctions, self.conjunctions)
            return
        self.conjunctions = 0
        if kind == "or":
            self.alternatives += 1
        else:
            self.before, self.alternatives = self.height(), 0
            self.most_conjunctions = self.longest_chain = self.inner = 0

    def height(self) -> int:
        """Returns the height so far."""
        return max(self.before, self.alternatives + self.most_conjunctions + self.longest_chain + self.inner)


def height_of(text: str) -> int:
    """Returns an upper bound of the levels of the text's expressions, brackets included."""
    levels = [_Level()]
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "open":
            levels[-1].add("chain")
            levels.append(_Level())
        elif kind == "close" and len(levels) > 1:
            inner = 1 + levels.pop().height()
            levels[-1].inner = max(levels[-1].inner, inner)
        elif kind and kind != "close":
            levels[-1].add(kind)
    # An unclosed bracket is read as deeply as a closed one.
    return sum(level.height() + 1 for level in levels) - 1


def too_deep(text: str) -> str:
    """Returns the error message for a policy that is nested too deeply, with the set form to use instead."""
    named = Counter(_EQUALITY.findall(text)).most_common(1)
    operand = named[0][0] if named else "context.branch"
    return (
        "is nested too deeply: Cedar reads 100 levels, and each || or && of a row is one. Instead of "
        f'{operand} == "a" || {operand} == "b" … write ["a", "b"].contains({operand}); '
        "split alternatives of like into several policies"
    )
