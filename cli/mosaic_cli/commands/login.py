"""`mosaic login` and `mosaic whoami`: which API, as whom."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from mosaic_cli import config, config_file, config_writer
from mosaic_cli.config import DEMO, Settings
from mosaic_cli.config_file import ConfigFile, Context, check_name
from mosaic_cli.errors import Json, WrongUsage
from mosaic_cli.session import Session
from mosaic_cli.urls import base_url
from mosaic_cli.views import access as access_view


def login(
    session: Session,
    *,
    token_stdin: Annotated[
        bool, typer.Option("--token-stdin", help="Read the token from standard input; no questions.")
    ] = False,
) -> None:
    """Check a URL and a token, and keep them in the config file.

    They become the current context, which is named after the workspace unless --context names it. --url and --token
    give what would be asked for.
    """
    url = base_url(session.options.url or _ask(session, "URL of the API", "--url"))
    token = session.options.token or _token(session, token_stdin)
    for warning in config.travelling(url, token, session.world.environment):
        session.note(f"warning: {warning}")
    me = session.api_of(Settings(url, token)).get("/me")
    path, _ = config_file.config_path(session.options.config, session.world.environment)
    known = (
        config_file.read(session.options.config, session.world.environment)
        if path.exists()
        else ConfigFile(path)
    )
    name = check_name(session.options.context or _name(known, str(me.get("workspaceId")), url))
    config_writer.save(path, Context(name, url, token))
    session.show(me, lambda paper: paper.fields({"context": name, **access_view.me(me)}))
    session.hint(f"kept in {path}")
    for variable in ("MOSAIC_URL", "MOSAIC_TOKEN", "MOSAIC_CONTEXT"):
        if session.world.environment.get(variable):
            session.note(f"warning: {variable} is set and comes before the config file")


def whoami(session: Session) -> None:
    """Show which API commands are sent to, and as whom."""
    me = session.api.get("/me")
    session.show(me, lambda paper: paper.fields({**_where(session.settings), **access_view.me(me)}))


def _where(settings: Settings) -> Json:
    known = "the token of the demo, for this machine only" if settings.token_from == DEMO else None
    return {
        "context": settings.context,
        "url": settings.url,
        "token from": known or settings.token_from,
    }


def _token(session: Session, from_stdin: bool) -> str:
    if not from_stdin:
        return _ask(session, "API token", "--token-stdin", hidden=True)
    token = sys.stdin.readline().strip()
    if not token:
        raise WrongUsage("standard input has no token")
    return token


def _ask(session: Session, what: str, option: str, *, hidden: bool = False) -> str:
    if not session.interactive:
        raise WrongUsage(f"{what}? nobody can answer here: give {option}")
    answer: str = typer.prompt(what, hide_input=hidden, err=True)
    return answer.strip()


def _name(known: ConfigFile, workspace: str, url: str) -> str:
    """The workspace's name, unless another API has a context of that name already."""
    taken = known.contexts.get(workspace)
    if taken and base_url(taken.url) != url:
        raise WrongUsage(
            f"the context {workspace} is for {taken.url} already: choose another with --context NAME"
        )
    return workspace
