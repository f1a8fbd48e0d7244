"""How a function becomes a command: the options that all have, one session, and one place where errors end."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import fields
from typing import Any, TypeVar, cast, get_args

import typer

from mosaic_cli.common import COMMON
from mosaic_cli.errors import CommandError, WrongUsage
from mosaic_cli.exits import ExitCode
from mosaic_cli.groups import GIVEN, Command
from mosaic_cli.option_values import whole
from mosaic_cli.options import Options
from mosaic_cli.session import Session, World

Function = TypeVar("Function", bound=Callable[..., ExitCode | None])


def command(group: typer.Typer, name: str) -> Callable[[Function], Function]:
    """Make a function of a Session a command of `group`; the ExitCode it returns, if any, ends the command."""

    def register(function: Function) -> Function:
        def run(ctx: typer.Context, **given: Any) -> None:
            world = cast("World", ctx.obj) or World()
            session = Session(_options(ctx), world, ctx.find_root().command)
            with _ending(session, ctx), closing(session):
                code = function(session, **given)
                sys.stdout.flush()
                raise typer.Exit(code or ExitCode.OK)

        run.__doc__ = function.__doc__
        cast("Any", run).__signature__ = _signature(function)
        group.command(name, cls=Command, epilog="Options of every command: mosaic --help")(run)
        return function

    return register


def session_of(ctx: typer.Context) -> Session:
    """The session of a command line that is still being written, for its completion."""
    said = {name: ctx.params.get(name) for name in COMMON}
    return Session(_said(said).over(_said(ctx.find_root().params)), cast("World", ctx.obj) or World())


def _signature(function: Callable[..., Any]) -> inspect.Signature:
    _, *own = inspect.signature(function, eval_str=True).parameters.values()
    for each in own:
        _read_strictly(each.annotation)
    keyword = inspect.Parameter.KEYWORD_ONLY
    context = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    return inspect.Signature([context, *(each.replace(kind=keyword) for each in own)])


def _read_strictly(annotation: Any) -> None:
    """Have Typer read a whole number by `whole`, if the annotation is of one."""
    kind, *described = get_args(annotation) or (annotation,)
    if int in (kind, *get_args(kind)):
        for each in described:
            each.parser = whole


def _options(ctx: typer.Context) -> Options:
    """The options of every command; what the command does not say, `mosaic` itself may have said."""
    return _said(ctx.meta[GIVEN]).over(_said(ctx.find_root().params))


def _said(values: Mapping[str, Any]) -> Options:
    said: dict[str, Any] = {each.name: values.get(each.name) for each in fields(Options)}
    return Options(**said)


@contextmanager
def _ending(session: Session, ctx: typer.Context) -> Iterator[None]:
    try:
        yield
    except CommandError as error:
        session.complain(error, {option for each in ctx.command.get_params(ctx) for option in each.opts})
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
