"""Lists of the API: their options, and the output of a single page or of all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated

import typer

from mosaic_cli.commands import arguments
from mosaic_cli.errors import Json
from mosaic_cli.rendering.renderers import Renderer
from mosaic_cli.session import Session

RenderItems = Callable[[Renderer, Iterator[Json]], None]


@dataclass(frozen=True)
class PageOptions:
    """The options of a command that lists items."""

    limit: Annotated[int | None, typer.Option(metavar="1-100", help="Items per page; 25 by default.")] = None
    cursor: Annotated[
        str | None, typer.Option(metavar="CURSOR", help="Cursor that the previous page ended with.")
    ] = None
    all_pages: arguments.AllPages = False

    @property
    def query(self) -> dict[str, str | int | None]:
        """The query parameters of the page."""
        return {"limit": self.limit, "cursor": self.cursor}


def show_pages(
    session: Session,
    pages: Iterator[Json],
    all_pages: bool,
    render: RenderItems,
    cursor_option: str = "--cursor",
) -> None:
    """Shows the first page or all pages. A hint names the `cursor_option` when more pages exist."""
    if all_pages:
        items = (item for page in pages for item in page.get("items") or ())
        if session.output.for_programs:
            session.show({"items": list(items), "cursor": None}, lambda _: None)
        else:
            render(session.renderer, items)
        return
    page = next(pages)
    session.show(page, lambda renderer: render(renderer, iter(page.get("items") or ())))
    if page.get("items") and page.get("cursor"):
        session.hint(f"next page: {cursor_option} {page['cursor']}")
