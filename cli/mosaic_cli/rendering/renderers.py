"""Tables and fields for people, and the renderer that prints them as plain lines."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from mosaic_cli.rendering.text import line, safe

Row = Sequence[object]


@dataclass(frozen=True)
class Table:
    """Rows under headers, with an optional title. Cells may hold unsafe text; renderers escape it.

    When space is short, a renderer leaves out the columns of `drop`, in their order.
    """

    headers: Sequence[str]
    rows: Iterable[Row]
    title: str = ""
    drop: Sequence[str] = ()


class Renderer(Protocol):
    """Prints tables, fields and lines, and escapes control characters in them."""

    def table(self, table: Table) -> None:
        """Prints the headers and the rows."""

    def fields(self, fields: Mapping[str, object]) -> None:
        """Prints names and values; empty values are left out."""

    def line(self, text: str) -> None:
        """Prints a line."""


class PlainRenderer:
    """Prints tab-separated tables and `name: value` lines without truncation, for pipes and logs."""

    def table(self, table: Table) -> None:
        """Prints the title, the headers, and a line per row."""
        if table.title:
            self.line(f"\n{table.title}")
        self._print("\t".join(table.headers))
        for row in table.rows:
            self._print("\t".join(line(cell) for cell in row))

    def fields(self, fields: Mapping[str, object]) -> None:
        """Prints a line per field; further lines of a value are indented."""
        for name, value in without_empty(fields).items():
            self._print(f"{line(name)}: " + safe(value).replace("\n", "\n    "))

    def line(self, text: str) -> None:
        """Prints a line."""
        self._print(safe(text))

    def _print(self, text: str) -> None:
        sys.stdout.write(text + "\n")


def without_empty(fields: Mapping[str, object]) -> dict[str, object]:
    """Returns the fields that have a value to show."""
    return {name: value for name, value in fields.items() if value not in (None, [], {}) and str(value)}
