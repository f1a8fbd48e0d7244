"""The page for a terminal. Text that comes from outside is only ever shown as text, never as markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from mosaic_cli.paper import Table, present
from mosaic_cli.text import line, safe
from mosaic_cli.views.value import Short, Status

STYLES = {
    **dict.fromkeys(("COMPLETED", "PASSED", "allow", "ok"), "green"),
    **dict.fromkeys(("FAILED", "ERROR", "deny"), "red"),
    **dict.fromkeys(("CANCELLED", "FORCED", "approval_required"), "yellow"),
    **dict.fromkeys(("RUNNING",), "cyan"),
    **dict.fromkeys(("PENDING", "QUEUED", "SKIPPED"), "dim"),
}
WAITS_FOR_PERSON = "bold yellow"
COLOURED = frozenset({"status", "decision"})
# Columns that are shown whole even where the terminal is narrow, since people copy them.
WHOLE = frozenset({"id", "gate", "status", "job", "name"})
# A column of text is of use with so many characters.
ENOUGH = 12
GAP = 2


class RichPaper:
    """Tables and fields with colours, as wide as the terminal; ids and times are short unless `verbose`."""

    def __init__(self, now: datetime, *, verbose: bool = False, console: Console | None = None) -> None:
        self.console = console or Console(markup=False, highlight=False, emoji=False)
        self._now = now
        self._verbose = verbose

    def table(self, table: Table) -> None:
        """A table; long cells end in an ellipsis, and columns are left out that find no room."""
        self.console.print(self.drawn(table))

    def fields(self, fields: Mapping[str, object]) -> None:
        """Names to the left, values to the right."""
        grid = RichTable.grid(padding=(0, GAP))
        grid.add_column(style="bold", no_wrap=True)
        grid.add_column(overflow="fold")
        for name, value in present(fields).items():
            grid.add_row(Text(line(name)), coloured(name, value, safe(value)))
        self.console.print(grid)

    def say(self, text: str) -> None:
        """One line, wrapped where it is too long."""
        self.console.print(Text(safe(text)))

    def drawn(self, table: Table) -> RichTable:
        """The table as rich draws it; columns that are empty in every row are left out."""
        title = f"\n{table.title}" if table.title else None
        shown = RichTable(
            box=None,
            padding=(0, GAP, 0, 0),
            pad_edge=False,
            title=title,
            title_justify="left",
            title_style="bold",
        )
        rows = [list(row) for row in table.rows]
        texts = [[self._text(cell) for cell in row] for row in rows]
        for at in (columns := fitting(table, texts, self.console.width)):
            header = table.headers[at]
            needed = _needed(header, [row[at] for row in texts])
            shown.add_column(header, header_style="dim", no_wrap=needed <= ENOUGH or _is_whole(header))
        for row, written in zip(rows, texts, strict=True):
            shown.add_row(*(_cell(table.headers[at], row[at], written[at]) for at in columns))
        return shown

    def _text(self, cell: object) -> str:
        short = isinstance(cell, Short) and not self._verbose
        return line(cell.short(self._now) if short and isinstance(cell, Short) else cell)


def fitting(table: Table, rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """The columns that have something to show and find room, those of `table.drop` being left out in turn."""
    used = [at for at in range(len(table.headers)) if not rows or any(row[at] for row in rows)]
    room = {at: _room(table.headers[at], [row[at] for row in rows]) for at in used}
    for header in table.drop:
        if sum(room.values()) + GAP * (len(room) - 1) <= width:
            break
        room.pop(table.headers.index(header), None)
    return [at for at in used if at in room]


def _room(header: str, cells: Sequence[str]) -> int:
    needed = _needed(header, cells)
    return needed if _is_whole(header) else min(needed, max(ENOUGH, len(header)))


def _needed(header: str, cells: Sequence[str]) -> int:
    return max(len(header), *map(len, cells), 0)


def _is_whole(header: str) -> bool:
    return header.lower() in WHOLE


def _cell(header: str, value: object, written: str) -> Text:
    cell = coloured(header, value, written)
    cell.no_wrap, cell.overflow = True, "ellipsis"
    return cell


def coloured(name: str, value: object, written: str) -> Text:
    """What is written for `value`, in its colour if `name` is that of a status."""
    if isinstance(value, Status) and value.waits_for_person:
        return Text(written, WAITS_FOR_PERSON)
    return Text(written, STYLES.get(written, "") if name.lower() in COLOURED else "")
