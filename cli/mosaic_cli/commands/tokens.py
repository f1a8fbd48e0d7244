"""`mosaic tokens`: the API tokens of the workspace."""

from __future__ import annotations

from typing import Annotated

import typer

from mosaic_cli.api import ids
from mosaic_cli.api.client import path, without_none
from mosaic_cli.choices import Role
from mosaic_cli.commands import arguments
from mosaic_cli.commands.pages import PageOptions, show_pages
from mosaic_cli.framework import completion
from mosaic_cli.framework.command import command
from mosaic_cli.framework.groups import group
from mosaic_cli.session import Session
from mosaic_cli.views import token as token_view

app = group()


@command(app, "create")
def create(
    session: Session,
    *,
    name: Annotated[str, typer.Option(metavar="NAME", help="Name that identifies the token in lists.")],
    role: Annotated[Role, typer.Option(case_sensitive=False, metavar="ROLE", help="Role of the token.")],
    expires_at: Annotated[
        str | None,
        typer.Option(
            metavar=arguments.TIME,
            help="Expiry, for example 30 days or 2027-01-01; by default the latest: 365 days, 90 for an admin.",
        ),
    ] = None,
    gates: Annotated[
        list[str] | None,
        typer.Option(
            "--gate",
            metavar="GATE",
            help="A gate that a reporter may report; repeatable, all by default.",
            autocompletion=completion.gates,
        ),
    ] = None,
    repositories: Annotated[
        list[str] | None,
        typer.Option(
            "--repository",
            metavar="OWNER/NAME",
            help="A repository whose jobs a reporter may report on, or * for all; repeatable, a reporter needs it.",
        ),
    ] = None,
) -> None:
    """Create an API token. It is shown only once."""
    expires = session.parse_time_option(expires_at, "--expires-at", ahead=True)
    body = {
        "name": name,
        "role": role.value,
        "expiresAt": expires,
        "gates": gates or None,
        "repositories": repositories or None,
    }
    token = session.api.send("POST", "/tokens", without_none(body))
    session.show(token, lambda renderer: renderer.fields(token_view.created(token)))
    session.hint("store the token now: it is shown only once")


@command(app, "list")
def list_tokens(session: Session, *, page: PageOptions) -> None:
    """List the API tokens, including revoked ones, newest first."""
    pages = session.api.pages("/tokens", page.query)
    show_pages(
        session, pages, page.all_pages, lambda renderer, items: renderer.table(token_view.table(items))
    )


@command(app, "revoke")
def revoke(
    session: Session,
    *,
    target: Annotated[
        str,
        typer.Argument(metavar="ID", help="Id of the token, or at least 6 characters of its start or end."),
    ],
) -> None:
    """Revoke an API token. It stops working within a minute."""
    token_id = ids.token_id(session.api, target)
    session.api.send("DELETE", path("tokens", token_id))
    if not session.output.for_programs:
        session.renderer.fields({"revoked": token_id})
