"""Markdown tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Returns a table with aligned columns: text to the left, numbers to the right."""
    cells = [list(map(str, row)) for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    right = [_is_number(cell) for cell in cells[1]]
    lines = ["| " + " | ".join(map(_padded, row, widths, right)) + " |" for row in cells]
    rule = (
        "|"
        + "|".join(
            "-" * (width + 1) + (":" if at_right else "-")
            for width, at_right in zip(widths, right, strict=True)
        )
        + "|"
    )
    return "\n".join([lines[0], rule, *lines[1:]])


def calls(count_operations: Counter[str]) -> str:
    """Returns the operations with their counts, such as `GetItem, 2 PutItem`."""
    return ", ".join(name if times == 1 else f"{times} {name}" for name, times in count_operations.items())


def units(number: float | None) -> str:
    """Returns the capacity units as text; `-` if they are unknown."""
    return "-" if number is None else f"{number:g}"


def _padded(cell: str, width: int, right: bool) -> str:
    return cell.rjust(width) if right else cell.ljust(width)


def _is_number(cell: str) -> bool:
    return cell == "-" or cell.replace(".", "", 1).replace(",", "").isdecimal()
