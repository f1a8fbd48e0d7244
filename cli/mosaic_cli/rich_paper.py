"""The page for a terminal. Text that comes from outside is only ever shown as text, never as markup."""

from __future__ import annotations

from collections.abc import Mapping

from rich import box
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
            grid.add_row(name, coloured(name, safe(value)))
        self.console.print(grid)

    def say(self, text: str) -> None:
        """One line, wrapped where it is too long."""
        self.console.print(Text(safe(text)))


def drawn(table: Table) -> RichTable:
    """The table as rich draws it."""
    shown = RichTable(box=box.SIMPLE, title=table.title or None, title_justify="left", title_style="bold")
    for header in table.headers:
        shown.add_column(header, no_wrap=header.lower() in WHOLE)
    for row in table.rows:
        shown.add_row(*(_cell(header, cell) for header, cell in zip(table.headers, row, strict=True)))
    return shown


def _cell(header: str, value: object) -> Text:
    cell = coloured(header, line(value))
    cell.no_wrap, cell.overflow = True, "ellipsis"
    return cell


def coloured(name: str, value: str) -> Text:
    """`value` in its colour if `name` is that of a status."""
    style = STYLES.get(value, "") if name.lower() in COLOURED else ""
    return Text(value, style)
