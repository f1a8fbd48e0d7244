"""The page on reliability, in which the simulation writes its tables."""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/explanation/reliability.md"


def with_table(page: str, name: str, table: str) -> str:
    """Returns the page with this table between the comments `<!-- name -->` and `<!-- /name -->`."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{table}\n{end}{after}"


def write_table(name: str, table: str) -> None:
    """Writes this table into the page."""
    PAGE.write_text(with_table(PAGE.read_text(), name, table))
