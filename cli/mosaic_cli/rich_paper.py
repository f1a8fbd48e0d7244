"""The page for a terminal. Text that comes from outside is only ever shown as text, never as markup."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from mosaic_cli.paper import Table, present
from mosaic_cli.text import line, safe

STYLES = {
    **dict.fromkeys(("COMPLETED", "PASSED", "allow", "ok"), "green"),
    **dict.fromkeys(("FAILED", "ERROR", "deny"), "red"),
    **dict.fromkeys(("CANCELLED", "FORCED", "approval_required"), "yellow"),
    **dict.fromkeys(("RUNNING",), "cyan"),
    **dict.fromkeys(("PENDING", "QUEUED", "SKIPPED"), "dim"),
}
COLOURED = frozenset({"status", "decision"})
# Columns that are shown whole even where the terminal is narrow, since people copy them.
WHOLE = frozenset({"id", "gate", "status"})


class RichPaper:
    """Tables and fields with colours, as wide as the terminal."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(markup=False, highlight=False, emoji=False)

    def table(self, table: Table) -> None:
        """A table; long cells end in an ellipsis."""
        self.console.print(drawn(table))

    def fields(self, fields: Mapping[str, object]) -> None:
        """Names to the left, values to the right."""
        grid = RichTable.grid(padding=(0, 2))
        grid.add_column(style="bold", no_wrap=True)
        grid.add_column(overflow="fold")
        for name, value in present(fields).items():
            grid.add_row(Text(line(name)), coloured(name, safe(value)))
        self.console.print(grid)

    def say(self, text: str) -> None:
        """One line, wrapped where it is too long."""
        self.console.print(Text(safe(text)))


def drawn(table: Table) -> RichTable:
    """The table as rich draws it; columns that are empty in every row are left out."""
    title = f"\n{table.title}" if table.title else None
    shown = RichTable(box=None, padding=(0, 2, 0, 0), title=title, title_justify="left", title_style="bold")
    rows = [[line(cell) for cell in row] for row in table.rows]
    used = [at for at in range(len(table.headers)) if not rows or any(row[at] for row in rows)]
    for at in used:
        shown.add_column(table.headers[at], header_style="dim", no_wrap=table.headers[at].lower() in WHOLE)
    for row in rows:
        shown.add_row(*(_cell(table.headers[at], row[at]) for at in used))
    return shown


def _cell(header: str, value: str) -> Text:
    cell = coloured(header, value)
    cell.no_wrap, cell.overflow = True, "ellipsis"
    return cell


def coloured(name: str, value: str) -> Text:
    """`value` in its colour if `name` is that of a status."""
    style = STYLES.get(value, "") if name.lower() in COLOURED else ""
    return Text(value, style)
