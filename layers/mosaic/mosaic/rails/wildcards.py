"""Patterns of Cedar's `like`: matching, and the search for a text that several patterns decide. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from cedarpy import pst

from mosaic.rails.work_limit import WorkLimit

# The characters of patterns that one operation reads before a search, and that it moves by one character.
_SIZE_READ = 8
_SIZE_MOVED = 1024


@dataclass(frozen=True)
class Wildcard:
    """A pattern: the texts between its stars. A pattern without a star has one text and matches only that."""

    texts: tuple[str, ...]

    @classmethod
    def of(cls, pattern: Iterable[pst.PatternElem]) -> Wildcard:
        """Returns the pattern of a `like` in a syntax tree."""
        texts = [""]
        for part in pattern:
            if isinstance(part, pst.Wildcard):
                texts.append("")
            else:
                texts[-1] += part.value
        return cls(tuple(texts))

    @classmethod
    def parse(cls, text: str) -> Wildcard:
        """Returns the pattern of a text in which each `*` is a star."""
        return cls(tuple(text.split("*")))

    def __str__(self) -> str:
        return "*".join(text.replace("*", "\\*") for text in self.texts)

    @property
    def size(self) -> int:
        """The number of characters and stars."""
        return sum(map(len, self.texts)) + len(self.texts) - 1

    def matches(self, text: str) -> bool:
        """Returns whether the whole text matches. Looks at each part of the text once, from left to right."""
        first, *middle = self.texts
        if not middle:
            return text == first
        *middle, last = middle
        end = len(text) - len(last)
        if len(first) > end or not (text.startswith(first) and text.endswith(last)):
            return False
        position = len(first)
        for part in middle:
            found = text.find(part, position, end)
            if found < 0:
                return False
            position = found + len(part)
        return True

    @cached_property
    def characters(self) -> frozenset[str]:
        """The characters that the pattern names."""
        return frozenset().union(*self.texts)


def matches_all(text: str, required: Iterable[Wildcard], excluded: Iterable[Wildcard]) -> bool:
    """Returns whether the text matches all required patterns and no excluded one."""
    return all(pattern.matches(text) for pattern in required) and not any(
        pattern.matches(text) for pattern in excluded
    )


def example_of(patterns: Iterable[Wildcard]) -> str:
    """Returns a text that often matches all patterns: their texts, one behind the other."""
    starts, middles, ends = set[str](), list[str](), set[str]()
    for pattern in patterns:
        first, *middle = pattern.texts
        starts.add(first)
        ends.update(middle[-1:])
        middles.extend(middle[:-1])
    return "".join((max(starts, key=len, default=""), *middles, max(ends, key=len, default="")))


class _Automaton:
    """All patterns side by side in the bits of one number: bit n is set if n characters of a pattern are read."""

    def __init__(self, required: Iterable[Wildcard], excluded: Iterable[Wildcard]) -> None:
        self.start = self.loops = self.accepting = self.refusing = self.final = self.inner = 0
        self.moves: dict[str, int] = {}
        offset = 0
        for pattern, is_required in (*((one, True) for one in required), *((one, False) for one in excluded)):
            offset = self._add(pattern, offset, is_required)

    def _add(self, pattern: Wildcard, offset: int, is_required: bool) -> int:
        position = offset
        self.start |= 1 << position
        for number, text in enumerate(pattern.texts):
            if number:
                self.loops |= 1 << position
            for char in text:
                self.moves[char] = self.moves.get(char, 0) | 1 << position
                position += 1
        if is_required:
            self.accepting |= 1 << position
            self.inner |= (1 << position) - (1 << offset)
        else:
            self.refusing |= 1 << position
            self.final |= self.loops & 1 << position
        return position + 1

    def step(self, state: int, char: str) -> int:
        """Returns the state after one more character."""
        return (state & self.moves.get(char, 0)) << 1 | state & self.loops

    def accepts(self, state: int) -> bool:
        """Returns whether the text so far matches all required patterns and no excluded one."""
        return state & self.accepting == self.accepting and not state & self.refusing

    def is_dead(self, state: int) -> bool:
        """Returns whether no longer text can be accepted."""
        # In each required pattern's bits, the sum carries into the last one if an earlier one is set.
        alive = (state & self.inner) + self.inner | state
        return bool(state & self.final) or alive & self.accepting != self.accepting


def find_text(
    required: Collection[Wildcard],
    excluded: Collection[Wildcard],
    alphabet: Iterable[str],
    max_length: int,
    limit: WorkLimit,
) -> str | None:
    """Returns a shortest text of these characters that matches all required patterns and no excluded one.

    None if there is no such text. Counts the sizes of the patterns, and each character that it tries, so that an
    operation takes constant time. Raises WorkLimitExceeded.
    """
    size = sum(pattern.size + 1 for pattern in (*required, *excluded))
    limit.count(size // _SIZE_READ)
    automaton, characters = _Automaton(required, excluded), tuple(_distinct(required, excluded, alphabet))
    operations = 1 + size // _SIZE_MOVED
    reached, layer = {automaton.start}, [(automaton.start, "")]
    for _ in range(max_length + 1):
        for state, text in layer:
            if automaton.accepts(state):
                return text
        following = []
        for state, text in layer:
            for char in characters:
                limit.count(operations)
                after = automaton.step(state, char)
                if after not in reached and not automaton.is_dead(after):
                    reached.add(after)
                    following.append((after, text + char))
        layer = following
    return None


def _distinct(
    required: Iterable[Wildcard], excluded: Iterable[Wildcard], alphabet: Iterable[str]
) -> Iterator[str]:
    """Yields the characters of the alphabet that the patterns name, and one more that stands for all others."""
    named = frozenset[str]().union(*(pattern.characters for pattern in (*required, *excluded)))
    has_other = False
    for char in alphabet:
        if char in named:
            yield char
        elif not has_other:
            has_other = True
            yield char
