"""What results are written on: plain lines for pipes and logs, a richer page for a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from mosaic_cli.text import line, safe

Row = Sequence[object]


@dataclass(frozen=True)
class Table:
    """Rows under headers; `title` stands above them. Cells hold whatever the API said: a paper makes them safe.

    Where there is too little room, the columns of `drop` are left out, from the first on.
    """

    headers: Sequence[str]
    rows: Iterable[Row]
    title: str = ""
    drop: Sequence[str] = ()


class Paper(Protocol):
    """Shows values; makes all text safe that it is given."""

    def table(self, table: Table) -> None:
        """Show rows, or nothing but the headers when there are none."""

    def fields(self, fields: Mapping[str, object]) -> None:
        """Show names and values; None and empty values are left out."""

    def say(self, text: str) -> None:
        """Show one line."""


class PlainPaper:
    """Tab-separated tables and `name: value` lines, nothing cut, for whatever reads lines."""

    def table(self, table: Table) -> None:
        """The title, the headers, and a line per row."""
        if table.title:
            self.say(f"\n{table.title}")
        self._write("\t".join(table.headers))
        for row in table.rows:
            self._write("\t".join(line(cell) for cell in row))

    def fields(self, fields: Mapping[str, object]) -> None:
        """A line per field; further lines of a value are indented, so that they look like no field."""
        for name, value in present(fields).items():
            self._write(f"{line(name)}: " + safe(value).replace("\n", "\n    "))

    def say(self, text: str) -> None:
        """The line, nothing more."""
        self._write(safe(text))

    def _write(self, text: str) -> None:
        sys.stdout.write(text + "\n")


def present(fields: Mapping[str, object]) -> dict[str, object]:
    """The fields that have something to show."""
    return {name: value for name, value in fields.items() if value not in (None, [], {}) and str(value)}
