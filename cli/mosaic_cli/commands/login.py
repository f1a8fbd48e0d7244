"""`mosaic login` and `mosaic whoami`: the API, and the caller's identity."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from mosaic_cli.config import config_file, config_writer
from mosaic_cli.config.config_file import ConfigFile, Context, check_name
from mosaic_cli.config.settings import DEMO, Settings, check_transport
from mosaic_cli.config.urls import base_url
from mosaic_cli.errors import Json, WrongUsage
from mosaic_cli.session import Session
from mosaic_cli.views import token as token_view


def login(
    session: Session,
    *,
    token_stdin: Annotated[
        bool, typer.Option("--token-stdin", help="Read the token from standard input; ask no questions.")
    ] = False,
) -> None:
    """Check a URL and a token, and save them in the config file.

    They become the current context. Its name is that of the workspace, or --context. The command asks for a missing
    --url or --token.
    """
    url = base_url(session.options.url or _ask(session, "URL of the API", "--url"))
    token = session.options.token or _read_token(session, token_stdin)
    for warning in check_transport(url, token, session.runtime.environment):
        session.note(f"warning: {warning}")
    me = session.api_with(Settings(url, token)).get("/me")
    path, _ = config_file.config_path(session.options.config, session.runtime.environment)
    file = (
        config_file.read(session.options.config, session.runtime.environment)
        if path.exists()
        else ConfigFile(path)
    )
    name = check_name(session.options.context or _context_name(file, str(me.get("workspaceId")), url))
    config_writer.save(path, Context(name, url, token))
    session.show(me, lambda renderer: renderer.fields({"context": name, **token_view.me(me)}))
    session.hint(f"saved in {path}")
    for variable in ("MOSAIC_URL", "MOSAIC_TOKEN", "MOSAIC_CONTEXT"):
        if session.runtime.environment.get(variable):
            session.note(f"warning: {variable} is set and overrides the config file")


def whoami(session: Session) -> None:
    """Show the API that commands use, and the identity of the token."""
    me = session.api.get("/me")
    fields = {**_settings_fields(session.settings), **token_view.me(me)}
    session.show(me, lambda renderer: renderer.fields(fields))


def _settings_fields(settings: Settings) -> Json:
    demo = "the token of the demo, for this machine only" if settings.token_source == DEMO else None
    return {
        "context": settings.context,
        "url": settings.url,
        "token from": demo or settings.token_source,
    }


def _read_token(session: Session, from_stdin: bool) -> str:
    if not from_stdin:
        return _ask(session, "API token", "--token-stdin", hidden=True)
    token = sys.stdin.readline().strip()
    if not token:
        raise WrongUsage("standard input has no token")
    return token


def _ask(session: Session, prompt: str, option: str, *, hidden: bool = False) -> str:
    if not session.interactive:
        raise WrongUsage(f"{prompt} is missing, and this is not a terminal: give {option}")
    answer: str = typer.prompt(prompt, hide_input=hidden, err=True)
    return answer.strip()


def _context_name(file: ConfigFile, workspace: str, url: str) -> str:
    """Returns the workspace's name. Raises WrongUsage if a context of another API has it."""
    existing = file.contexts.get(workspace)
    if existing and base_url(existing.url) != url:
        raise WrongUsage(
            f"the context {workspace} is for {existing.url} already: choose another name with --context NAME"
        )
    return workspace
