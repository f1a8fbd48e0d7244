"""`mosaic tokens`: the API tokens of the workspace."""

from __future__ import annotations

from typing import Annotated

import typer

from mosaic_cli import completing, ids
from mosaic_cli.api import path
from mosaic_cli.command import command
from mosaic_cli.commands import arguments as take
from mosaic_cli.groups import group
from mosaic_cli.pages import show_pages
from mosaic_cli.session import Session
from mosaic_cli.views import access as access_view
from mosaic_cli.words import Role

app = group()


@command(app, "create")
def create(
    session: Session,
    *,
    name: Annotated[str, typer.Option(metavar="NAME", help="What it is for, to recognise it by.")],
    role: Annotated[Role, typer.Option(case_sensitive=False, metavar="ROLE", help="What its holder may do.")],
    expires_at: Annotated[
        str | None,
        typer.Option(
            metavar=take.TIME,
            help="When it stops working, for example 90 days or 2027-01-01; never unless given.",
        ),
    ] = None,
    gates: Annotated[
        list[str] | None,
        typer.Option(
            "--gate",
            metavar="GATE",
            help="A gate that a reporter may report; repeatable, all unless given.",
            autocompletion=completing.gates,
        ),
    ] = None,
) -> None:
    """Make an API token. It is shown this once."""
    expires = session.time(expires_at, "--expires-at", ahead=True)
    wanted = {"name": name, "role": role.value, "expiresAt": expires, "gates": gates or None}
    given = {name: value for name, value in wanted.items() if value is not None}
    made = session.api.send("POST", "/tokens", given)
    session.show(made, lambda paper: paper.fields(access_view.made(made)))
    session.hint("keep the token: it is shown this once")


@command(app, "list")
def list_tokens(
    session: Session,
    *,
    limit: Annotated[
        int | None, typer.Option(metavar="1-100", help="Tokens of a page; 25 unless given.")
    ] = None,
    cursor: take.Cursor = None,
    everything: take.Everything = False,
) -> None:
    """List the API tokens, revoked ones too, newest first."""
    pages = session.api.pages("/tokens", {"limit": limit, "cursor": cursor})
    show_pages(session, pages, everything, lambda paper, items: paper.table(access_view.tokens(items)))


@command(app, "revoke")
def revoke(
    session: Session,
    *,
    which: Annotated[
        str,
        typer.Argument(metavar="ID", help="Id of the token, or at least 6 characters of its start or end."),
    ],
) -> None:
    """Revoke an API token: it stops working within a minute."""
    token_id = ids.token_id(session.api, which)
    session.api.send("DELETE", path("tokens", token_id))
    if not session.output.for_programs:
        session.paper.fields({"revoked": token_id})
