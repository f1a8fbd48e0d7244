"""How a function becomes a command: the options that all have, one session, and one place where errors end."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar, cast

import typer

from mosaic_cli.config import Options
from mosaic_cli.errors import CommandError, WrongUsage
from mosaic_cli.exits import ExitCode
from mosaic_cli.session import Session, World

Function = TypeVar("Function", bound=Callable[..., ExitCode | None])

PANEL = "Options of every command"
Url = Annotated[
    str | None,
    typer.Option(help="Base URL of the API, else MOSAIC_URL.", rich_help_panel=PANEL, show_default=False),
]
Token = Annotated[
    str | None,
    typer.Option(
        help="API token, else MOSAIC_TOKEN, which other users of the machine do not see.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]
Config = Annotated[
    Path | None,
    typer.Option(
        help="Config file, else MOSAIC_CONFIG, else ~/.config/mosaic/config.toml.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print the API's JSON, and problems as JSON.", rich_help_panel=PANEL)
]
_COMMON = {"url": Url, "token": Token, "config": Config, "json": AsJson}


def command(group: typer.Typer, name: str) -> Callable[[Function], Function]:
    """Make a function of a Session a command of `group`; the ExitCode it returns, if any, ends the command."""

    def register(function: Function) -> Function:
        def run(ctx: typer.Context, **given: Any) -> None:
            session = Session(_options(ctx, given), cast("World", ctx.obj) or World())
            with _ending(session), closing(session):
                code = function(session, **given)
                sys.stdout.flush()
                raise typer.Exit(code or ExitCode.OK)

        run.__doc__ = function.__doc__
        cast("Any", run).__signature__ = _signature(function)
        group.command(name)(run)
        return function

    return register


def _signature(function: Callable[..., Any]) -> inspect.Signature:
    _, *own = inspect.signature(function, eval_str=True).parameters.values()
    keyword = inspect.Parameter.KEYWORD_ONLY
    context = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    common = [
        inspect.Parameter(name, keyword, default=False if name == "json" else None, annotation=annotation)
        for name, annotation in _COMMON.items()
    ]
    return inspect.Signature([context, *(each.replace(kind=keyword) for each in own), *common])


def _options(ctx: typer.Context, given: dict[str, Any]) -> Options:
    """The common options, taken out of `given`; what the command does not say, `mosaic` itself may have said."""
    own = {name: given.pop(name) for name in _COMMON}
    return _said(own).over(_said(ctx.find_root().params))


def _said(values: Mapping[str, Any]) -> Options:
    return Options(values["url"], values["token"], values["config"], values["json"])


@contextmanager
def _ending(session: Session) -> Iterator[None]:
    try:
        yield
    except CommandError as error:
        session.complain(error)
        raise typer.Exit(error.exit_code) from error
    except UnicodeEncodeError as error:
        session.complain(WrongUsage("an argument is not valid UTF-8 text"))
        raise typer.Exit(ExitCode.USAGE) from error
    except KeyboardInterrupt as error:
        raise typer.Exit(ExitCode.INTERRUPTED) from error
    except BrokenPipeError as error:
        # What is still buffered has nowhere to go; without this, Python would complain when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(ExitCode.OUTPUT_CLOSED) from error
