"""`mosaic repositories`: the connections of the workspace to repositories."""

from __future__ import annotations

from typing import Annotated

import typer

from mosaic_cli.api.client import path
from mosaic_cli.errors import Json, WrongUsage
from mosaic_cli.framework.command import command
from mosaic_cli.framework.groups import group
from mosaic_cli.session import Session
from mosaic_cli.views import connection as connection_view

app = group()

Repository = Annotated[
    str, typer.Argument(metavar="FORGE:OWNER/NAME", help="The repository, for example github:acme/shop.")
]
PATH = "/workspaces/current/repositories"


@command(app, "connect")
def connect(session: Session, *, repository: Repository) -> None:
    """Connect a repository. The secret of its webhook is shown only once."""
    provider, owner, name = _parts(repository)
    _show_secret(session, session.api.send("POST", PATH, {"provider": provider, "name": f"{owner}/{name}"}))


@command(app, "list")
def list_repositories(session: Session) -> None:
    """List the connections; pending ones wait for their first signed delivery."""
    found = session.api.get(PATH)
    session.show(found, lambda renderer: renderer.table(connection_view.table(found["items"])))


@command(app, "rotate")
def rotate(
    session: Session,
    *,
    repository: Repository,
    retire_previous: Annotated[
        bool, typer.Option("--retire-previous", help="End the previous secret now, as after a leak.")
    ] = False,
) -> None:
    """Replace the secret of a connection. The previous one stays valid for seven days."""
    body = {"retirePrevious": retire_previous}
    _show_secret(session, session.api.send("POST", f"{_path(repository)}/rotate", body))


@command(app, "disconnect")
def disconnect(session: Session, *, repository: Repository) -> None:
    """Delete a connection. Its deliveries are refused from then on."""
    session.api.send("DELETE", _path(repository))
    if not session.output.for_programs:
        session.renderer.fields({"disconnected": repository})


def _show_secret(session: Session, connection: Json) -> None:
    url = f"{session.settings.url}{connection.get('webhookPath')}"
    session.show(connection, lambda renderer: renderer.fields(connection_view.connected(connection, url)))
    session.hint("enter URL and secret in the forge's webhook now: the secret is shown only once")


def _path(repository: str) -> str:
    return path("workspaces", "current", "repositories", *_parts(repository))


def _parts(repository: str) -> tuple[str, str, str]:
    provider, _, name = repository.partition(":")
    owner, _, own_name = name.partition("/")
    if not (provider and owner and own_name) or "/" in own_name:
        raise WrongUsage(f"{repository!r} is not a repository; write it like github:acme/shop")
    return provider, owner, own_name
