"""Joins of id streams: the exact intersection, without reading ids that cannot be in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from mosaic.storage.id_streams import GREATEST, InAny, PagedIds, in_all, just_below

ids = st.integers(0, 60).map(lambda number: f"{number:026d}")
id_sets = st.frozensets(ids, max_size=40)


class Entries:
    """The entries of a key, and the reads of them."""

    def __init__(self, entries: Iterable[str]) -> None:
        self.entries = sorted(entries, reverse=True)
        self.pages: list[int] = []

    def read(self, bound: str, size: int) -> Sequence[str]:
        found = [key for key in self.entries if key <= bound + GREATEST][:size]
        self.pages.append(len(found))
        return found


def stream(entries: Iterable[str], size: int = 3) -> PagedIds:
    return PagedIds(Entries(entries).read, size)


@given(st.lists(id_sets, min_size=1, max_size=4), st.integers(1, 5), ids)
def test_join_is_the_intersection(held: list[frozenset[str]], size: int, bound: str) -> None:
    common = frozenset[str].intersection(*held)
    expected = sorted((one for one in common if one <= bound), reverse=True)
    assert list(in_all([stream(each, size) for each in held], bound)) == expected


@given(st.lists(id_sets, min_size=1, max_size=4), id_sets, st.integers(1, 5))
def test_union_joins_like_one_stream(held: list[frozenset[str]], other: frozenset[str], size: int) -> None:
    union = InAny([stream(each, size) for each in held])
    expected = sorted(frozenset[str]().union(*held) & other, reverse=True)
    assert list(in_all([union, stream(other, size)], GREATEST)) == expected


@given(id_sets, st.integers(1, 5))
def test_rejected_entries_are_skipped(held: frozenset[str], size: int) -> None:
    entries = Entries(f"{one}#{int(one) % 2}" for one in held)
    found = in_all([PagedIds(entries.read, size, lambda key: key.endswith("#1"))], GREATEST)
    assert list(found) == sorted((one for one in held if int(one) % 2), reverse=True)


@given(ids, ids)
def test_just_below_is_between_neighbours(one: str, other: str) -> None:
    assert (other < one) == (other <= just_below(one))


def test_rare_stream_skips_long_stream() -> None:
    every = Entries(f"{number:026d}" for number in range(10_000))
    rare = [f"{number:026d}" for number in range(0, 10_000, 1000)]
    assert list(in_all([stream(rare), PagedIds(every.read, 25)], GREATEST)) == rare[::-1]
    assert sum(every.pages) <= 25 * (len(rare) + 2)


def test_pages_grow_if_streams_never_agree() -> None:
    even, odd = (Entries(f"{number:026d}" for number in range(first, 20_000, 2)) for first in (0, 1))
    assert not list(in_all([PagedIds(even.read, 25), PagedIds(odd.read, 25)], GREATEST))
    assert len(even.pages) + len(odd.pages) < 40
