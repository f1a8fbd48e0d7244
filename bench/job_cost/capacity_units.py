"""Capacity units by DynamoDB's rules, from items and the keys of indexes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Json = dict[str, Any]
KB = 1024


def item_bytes(item: Json) -> int:
    """Returns the stored size of an item: its names and values, without DynamoDB's type markers."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Json) -> int:
    ((kind, inner),) = value.items()
    if kind == "S":
        return len(inner.encode())
    if kind == "N":
        return (len(inner.strip("-.")) + 1) // 2 + 1
    return len(str(inner))


def write_units(old: Json | None, new: Json, indexes: Iterable[Mapping[str, Any]]) -> int:
    """Returns the write units of replacing `old` by `new`.

    The table costs by size, and each changed index entry costs one unit.
    """
    largest = max(item_bytes(new), item_bytes(old or {}))
    return -(-largest // KB) + sum(_index_units(old or {}, new, index) for index in indexes)


def _index_units(old: Json, new: Json, index: Mapping[str, Any]) -> int:
    names = [key["AttributeName"] for key in index["KeySchema"]]
    before, after = ([item.get(name) for name in names] for item in (old, new))
    if before == after:
        return 0
    return (None not in before) + (None not in after)
