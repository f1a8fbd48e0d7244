"""Lists: one page or all, as one JSON document or as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mosaic_cli.errors import Json
from mosaic_cli.paper import Paper
from mosaic_cli.session import Session

Draw = Callable[[Paper, Iterator[Json]], None]


def show_pages(
    session: Session, pages: Iterator[Json], everything: bool, draw: Draw, more: str = "--cursor"
) -> None:
    """Show the first page, or every one; the option `more` goes on after a page that is not the last."""
    if everything:
        items = (item for page in pages for item in page.get("items") or ())
        if session.output.for_programs:
            session.show({"items": list(items), "cursor": None}, lambda _: None)
        else:
            draw(session.paper, items)
        return
    page = next(pages)
    session.show(page, lambda paper: draw(paper, iter(page.get("items") or ())))
    if page.get("items") and page.get("cursor"):
        session.hint(f"go on with {more} {page['cursor']}")
