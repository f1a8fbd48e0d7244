"""The renderer for terminals, with colours. Outside text is never interpreted as markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from mosaic_cli.rendering.renderers import Table, without_empty
from mosaic_cli.rendering.text import line, safe
from mosaic_cli.rendering.values import Short, Status

STYLES = {
    **dict.fromkeys(("COMPLETED", "PASSED", "allow", "ok"), "green"),
    **dict.fromkeys(("FAILED", "ERROR", "deny"), "red"),
    **dict.fromkeys(("CANCELLED", "FORCED", "approval_required"), "yellow"),
    **dict.fromkeys(("RUNNING",), "cyan"),
    **dict.fromkeys(("PENDING", "QUEUED", "SKIPPED"), "dim"),
}
WAITS_FOR_PERSON = "bold yellow"
STYLED_FIELDS = frozenset({"status", "decision"})
# These columns are never truncated, because people copy their values.
UNTRUNCATED = frozenset({"id", "gate", "status", "job", "name"})
# The least useful width of a truncated column.
MIN_WIDTH = 12
GAP = 2


class RichRenderer:
    """Prints coloured tables and fields in the terminal's width; `verbose` shows full ids and times."""

    def __init__(self, now: datetime, *, verbose: bool = False, console: Console | None = None) -> None:
        self.console = console or Console(markup=False, highlight=False, emoji=False)
        self._now = now
        self._verbose = verbose

    def table(self, table: Table) -> None:
        """Prints a table; long cells are truncated, and columns without space are left out."""
        self.console.print(self.as_rich_table(table))

    def fields(self, fields: Mapping[str, object]) -> None:
        """Prints names on the left and values on the right."""
        grid = RichTable.grid(padding=(0, GAP))
        grid.add_column(style="bold", no_wrap=True)
        grid.add_column(overflow="fold")
        for name, value in without_empty(fields).items():
            grid.add_row(Text(line(name)), styled(name, value, safe(value)))
        self.console.print(grid)

    def line(self, text: str) -> None:
        """Prints a line, wrapped at the terminal's width."""
        self.console.print(Text(safe(text)))

    def as_rich_table(self, table: Table) -> RichTable:
        """Returns the table for rich, without columns that are empty or have no space."""
        title = f"\n{table.title}" if table.title else None
        rich_table = RichTable(
            box=None,
            padding=(0, GAP, 0, 0),
            pad_edge=False,
            title=title,
            title_justify="left",
            title_style="bold",
        )
        rows = [list(row) for row in table.rows]
        texts = [[self._text(cell) for cell in row] for row in rows]
        columns = fitting_columns(table, texts, self.console.width)
        for column in columns:
            header = table.headers[column]
            width = _full_width(header, [row[column] for row in texts])
            no_wrap = width <= MIN_WIDTH or _is_untruncated(header)
            rich_table.add_column(header, header_style="dim", no_wrap=no_wrap)
        for row, row_texts in zip(rows, texts, strict=True):
            cells = (_cell(table.headers[column], row[column], row_texts[column]) for column in columns)
            rich_table.add_row(*cells)
        return rich_table

    def _text(self, cell: object) -> str:
        if isinstance(cell, Short) and not self._verbose:
            return line(cell.short(self._now))
        return line(cell)


def fitting_columns(table: Table, rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Returns the indexes of the columns to show: those with content, less `table.drop` until the rest fits."""
    used = [column for column in range(len(table.headers)) if not rows or any(row[column] for row in rows)]
    widths = {column: _min_width(table.headers[column], [row[column] for row in rows]) for column in used}
    for header in table.drop:
        if sum(widths.values()) + GAP * (len(widths) - 1) <= width:
            break
        widths.pop(table.headers.index(header), None)
    return list(widths)


def _min_width(header: str, cells: Sequence[str]) -> int:
    width = _full_width(header, cells)
    return width if _is_untruncated(header) else min(width, max(MIN_WIDTH, len(header)))


def _full_width(header: str, cells: Sequence[str]) -> int:
    return max(len(header), *map(len, cells), 0)


def _is_untruncated(header: str) -> bool:
    return header.lower() in UNTRUNCATED


def _cell(header: str, value: object, text: str) -> Text:
    cell = styled(header, value, text)
    cell.no_wrap, cell.overflow = True, "ellipsis"
    return cell


def styled(name: str, value: object, text: str) -> Text:
    """Returns the text of `value`, coloured if the field `name` is a status or a decision."""
    if isinstance(value, Status) and value.waits_for_person:
        return Text(text, WAITS_FOR_PERSON)
    return Text(text, STYLES.get(text, "") if name.lower() in STYLED_FIELDS else "")
