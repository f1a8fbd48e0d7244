"""The decorator that makes a function a command: common options, a session, error handling."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, TypeVar, cast, get_args, get_type_hints

import typer

from mosaic_cli.errors import CommandError, WrongUsage
from mosaic_cli.exit_codes import ExitCode
from mosaic_cli.framework.common_options import COMMON_OPTIONS
from mosaic_cli.framework.groups import COMMON_VALUES, Command
from mosaic_cli.framework.option_values import whole_number
from mosaic_cli.options import Options
from mosaic_cli.runtime import Runtime
from mosaic_cli.session import Session

Function = TypeVar("Function", bound=Callable[..., ExitCode | None])


def command(group: typer.Typer, name: str) -> Callable[[Function], Function]:
    """Registers a function of a Session as a command of `group`. The command exits with the code it returns.

    A parameter whose type is a dataclass stands for a group of options: one for each field.
    """

    def register(function: Function) -> Function:
        parameters = _parameters(function)

        def run(ctx: typer.Context, **arguments: Any) -> None:
            runtime = cast("Runtime", ctx.obj) or Runtime()
            session = Session(_options(ctx), runtime, ctx.find_root().command)
            with _exit_on_error(session, ctx), closing(session):
                code = function(session, **_grouped(parameters, arguments))
                sys.stdout.flush()
                raise typer.Exit(code or ExitCode.OK)

        run.__doc__ = function.__doc__
        cast("Any", run).__signature__ = _signature(parameters)
        group.command(name, cls=Command, epilog="Options of every command: mosaic --help")(run)
        return function

    return register


def completion_session(ctx: typer.Context) -> Session:
    """Returns a session for the completion of an unfinished command line."""
    values = {name: ctx.params.get(name) for name in COMMON_OPTIONS}
    options = _as_options(values).with_defaults(_as_options(ctx.find_root().params))
    return Session(options, cast("Runtime", ctx.obj) or Runtime())


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """Returns the parameters of the function without its session."""
    _, *parameters = inspect.signature(function, eval_str=True).parameters.values()
    return parameters


def _signature(parameters: list[inspect.Parameter]) -> inspect.Signature:
    """Returns the signature for Typer: the context, and each option of each group."""
    options = [option for parameter in parameters for option in _options_of(parameter)]
    for option in options:
        _parse_whole_numbers(option.annotation)
    context = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    return inspect.Signature([context, *options])


def _options_of(parameter: inspect.Parameter) -> list[inspect.Parameter]:
    keyword = inspect.Parameter.KEYWORD_ONLY
    if not is_dataclass(parameter.annotation):
        return [parameter.replace(kind=keyword)]
    types = get_type_hints(parameter.annotation, include_extras=True)
    return [
        inspect.Parameter(
            option.name,
            keyword,
            default=inspect.Parameter.empty if option.default is MISSING else option.default,
            annotation=types[option.name],
        )
        for option in fields(parameter.annotation)
    ]


def _grouped(parameters: list[inspect.Parameter], arguments: dict[str, Any]) -> dict[str, Any]:
    """Returns the arguments with the options of each group as an instance of its dataclass."""
    grouped = dict(arguments)
    for parameter in parameters:
        if is_dataclass(parameter.annotation):
            names = [option.name for option in fields(parameter.annotation)]
            grouped[parameter.name] = parameter.annotation(**{name: grouped.pop(name) for name in names})  # type: ignore[operator]
    return grouped


def _parse_whole_numbers(annotation: Any) -> None:
    """Sets `whole_number` as the parser of an int annotation."""
    kind, *metadata = get_args(annotation) or (annotation,)
    if int in (kind, *get_args(kind)):
        for option in metadata:
            option.parser = whole_number


def _options(ctx: typer.Context) -> Options:
    """Returns the common options of the command; those before the command name are the defaults."""
    return _as_options(ctx.meta[COMMON_VALUES]).with_defaults(_as_options(ctx.find_root().params))


def _as_options(values: Mapping[str, Any]) -> Options:
    known: dict[str, Any] = {option.name: values.get(option.name) for option in fields(Options)}
    return Options(**known)


@contextmanager
def _exit_on_error(session: Session, ctx: typer.Context) -> Iterator[None]:
    try:
        yield
    except CommandError as error:
        parameters = ctx.command.get_params(ctx)
        session.report_error(error, {flag for parameter in parameters for flag in parameter.opts})
        raise typer.Exit(error.exit_code) from error
    except UnicodeEncodeError as error:
        session.report_error(WrongUsage("an argument is not valid UTF-8 text"))
        raise typer.Exit(ExitCode.USAGE) from error
    except KeyboardInterrupt as error:
        raise typer.Exit(ExitCode.INTERRUPTED) from error
    except BrokenPipeError as error:
        # Python flushes standard output at exit, which would fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(ExitCode.OUTPUT_CLOSED) from error
