"""Patterns of `like` match what Cedar's do, and the search for a text is exact and linear."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import cedarpy
import pytest
from cedarpy import pst
from hypothesis import given, settings
from hypothesis import strategies as st

from mosaic.rails.wildcards import Wildcard, find_text, matches_all
from mosaic.rails.work_limit import WorkLimit, WorkLimitExceeded

ALPHABET = "ab"
texts = st.text(ALPHABET, max_size=8)
patterns = st.text(ALPHABET + "*", max_size=6)
UNTIMED = settings(deadline=None)


def parsed(pattern: str) -> Wildcard:
    text = f'permit (principal, action, resource) when {{ "x" like "{pattern}" }};'
    [policy] = cedarpy.policies_to_pst(text).static_policies.values()
    like = policy.clauses[0].expr
    assert isinstance(like, pst.Like)
    return Wildcard.of(like.pattern)


def cedar_matches(pattern: str, text: str) -> bool:
    policy = f'permit (principal, action, resource) when {{ "{text}" like "{pattern}" }};'
    request = {"principal": 'A::"a"', "action": 'Action::"a"', "resource": 'A::"a"', "context": {}}
    return cedarpy.is_authorized(request, policy, []).allowed


@UNTIMED
@given(patterns, texts)
def test_pattern_matches_as_in_cedar(pattern: str, text: str) -> None:
    assert parsed(pattern).matches(text) == cedar_matches(pattern, text)


def test_escaped_star_is_a_character() -> None:
    pattern = parsed("a\\**")
    assert (pattern.matches("a*b"), pattern.matches("ab"), str(pattern)) == (True, False, "a\\**")


@UNTIMED
@given(st.lists(patterns, max_size=3), st.lists(patterns, max_size=3))
def test_search_finds_a_text_if_there_is_one(required: list[str], excluded: list[str]) -> None:
    wanted, unwanted = tuple(map(Wildcard.parse, required)), tuple(map(Wildcard.parse, excluded))
    found = find_text(wanted, unwanted, ALPHABET, 6, WorkLimit(100_000))
    all_texts = ("".join(chars) for size in range(7) for chars in product(ALPHABET, repeat=size))
    shortest = next((text for text in all_texts if matches_all(text, wanted, unwanted)), None)
    assert (found is None) == (shortest is None)
    if found is not None and shortest is not None:
        assert matches_all(found, wanted, unwanted)
        assert len(found) == len(shortest)


# Families of patterns that cost a backtracking matcher exponential time.
FAMILIES: dict[str, Callable[[int], str]] = {
    "stars and one character": lambda size: "*a" * size + "*b",
    "stars and two characters": lambda size: "*ab" * size,
    "stars alone": lambda size: "*" * size + "a",
    "one long part": lambda size: "*" + "a" * size + "b",
    "long parts": lambda size: f"*{'a' * size}*{'b' * size}*",
}


def operations(pattern: str) -> int:
    limit = WorkLimit(1_000_000)
    assert find_text((Wildcard.parse(pattern),), (), "abc", 1000, limit) is not None
    return limit.counted


@pytest.mark.parametrize("family", FAMILIES)
def test_search_is_linear_in_the_pattern(family: str) -> None:
    make = FAMILIES[family]
    small, large = operations(make(20)), operations(make(160))
    assert large <= 10 * max(small, 20)


@pytest.mark.parametrize("family", FAMILIES)
def test_long_text_is_matched(family: str) -> None:
    # A matcher that tries each place of each star does not end.
    assert Wildcard.parse(FAMILIES[family](100)).matches("a" * 20_000) is (family == "stars alone")


def test_operations_count_the_size_of_all_patterns() -> None:
    """One character moves all patterns, so it costs more with more of them."""
    parts = ["".join(chars) for chars in product("abcdefgh", repeat=4)]
    few, many = ([Wildcard.parse(f"*{part}*") for part in parts[:size]] for size in (10, 3000))
    counted = []
    for excluded in (few, many):
        limit = WorkLimit(1_000_000)
        assert find_text((Wildcard.parse("z" * 50),), excluded, "z", 50, limit) == "z" * 50
        counted.append(limit.counted)
    assert counted[0] < 100
    assert counted[1] > 15 * 50


@UNTIMED
@given(st.lists(patterns, min_size=1, max_size=4), texts)
def test_search_ends_where_a_pattern_cannot_match(required: list[str], text: str) -> None:
    """Here no text matches, because the alphabet has no c. The search sees that after the texts before the c."""
    limit = WorkLimit(1_000_000)
    never = (Wildcard.parse(text + "c*"), *map(Wildcard.parse, required))
    assert find_text(never, (), ALPHABET, 1000, limit) is None
    assert limit.counted <= 10 + 3 * len(text) + sum(map(len, required))


def test_search_stops_at_its_limit() -> None:
    many = tuple(Wildcard.parse(f"*{a}*{b}*{c}*") for a, b, c in product("abc", repeat=3))
    with pytest.raises(WorkLimitExceeded):
        find_text(many, (Wildcard.parse("*a*a*a*"),), "abc", 100, WorkLimit(500))
