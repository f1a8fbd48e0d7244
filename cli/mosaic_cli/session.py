"""The state of one running command: its options, its settings, the API client and the output."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from contextlib import ExitStack, closing
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mosaic_cli import times
from mosaic_cli.config.settings import Settings, resolve_settings
from mosaic_cli.errors import CommandError, Json, WrongUsage
from mosaic_cli.options import Options
from mosaic_cli.rendering import problems
from mosaic_cli.rendering.output import Output
from mosaic_cli.rendering.renderers import PlainRenderer, Renderer
from mosaic_cli.rendering.text import as_json, line
from mosaic_cli.runtime import Runtime

if TYPE_CHECKING:
    from mosaic_cli.api.client import Api


class Session:
    """Gives a command its settings, API client and output, each created at first use."""

    def __init__(self, options: Options, runtime: Runtime, root: Any = None) -> None:
        self.options = options
        self.runtime = runtime
        self.root = root
        """The root command, `mosaic`."""
        self._clients = ExitStack()

    @cached_property
    def settings(self) -> Settings:
        """The URL and the token in force. Raises WrongUsage."""
        return resolve_settings(self.options, self.runtime.environment)

    @cached_property
    def api(self) -> Api:
        """The API client; prints the warnings of the settings. Raises WrongUsage for invalid settings."""
        for warning in self.settings.warnings:
            self.note(f"warning: {warning}")
        return self.api_with(self.settings)

    @cached_property
    def quiet_api(self) -> Api:
        """The API client; prints no warnings."""
        return self.api_with(self.settings)

    def api_with(self, settings: Settings) -> Api:
        """Returns an API client with other settings than those in force."""
        from mosaic_cli.api.client import Api

        api = Api(settings, self.runtime.transport, self.runtime.request_seconds)
        return self._clients.enter_context(closing(api))

    def close(self) -> None:
        """Closes the connections."""
        self._clients.close()

    @cached_property
    def terminal(self) -> bool:
        """True if standard output is a terminal that supports more than plain lines."""
        if self.runtime.terminal is not None:
            return self.runtime.terminal
        return sys.stdout.isatty() and self.runtime.environment.get("TERM") != "dumb"

    @cached_property
    def interactive(self) -> bool:
        """True if a person can answer questions on standard input."""
        return sys.stdin.isatty() if self.runtime.interactive is None else self.runtime.interactive

    @cached_property
    def output(self) -> Output:
        """The format of documents. Raises WrongUsage for an invalid jq expression."""
        return Output(self.options.format, self.options.jq, terminal=self.terminal)

    @cached_property
    def renderer(self) -> Renderer:
        """The renderer of readable results: RichRenderer on a terminal, else PlainRenderer."""
        if not self.terminal:
            return PlainRenderer()
        from mosaic_cli.rendering.rich_renderer import RichRenderer

        return RichRenderer(now=self.runtime.now(), verbose=self.options.verbose)

    def show(self, document: Json, render: Callable[[Renderer], None]) -> None:
        """Prints the document in the chosen format, or calls `render` for the readable form."""
        if not self.output.for_programs:
            render(self.renderer)
            return
        for text in self.output.document_lines(document):
            self.print_line(text)

    def show_in_stream(self, document: Json) -> None:
        """Prints one of several documents in the chosen format, such as an event of a watched job."""
        for text in self.output.stream_lines(document):
            self.print_line(text)

    def print_line(self, text: str) -> None:
        """Prints a line of the result and flushes it. The text must be safe already."""
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def note(self, text: str) -> None:
        """Prints a line on standard error."""
        sys.stderr.write(f"mosaic: {line(text)}\n")

    def hint(self, text: str) -> None:
        """Prints a note, unless the result is for a program."""
        if not self.output.for_programs:
            self.note(text)

    def parse_time_option(self, value: str | None, option: str, *, ahead: bool = False) -> str | None:
        """Returns an option's time in the API's format. Raises WrongUsage."""
        try:
            return value and times.format_rfc3339(times.parse_time(value, self.runtime.now(), ahead=ahead))
        except ValueError as error:
            raise WrongUsage(f"{option}: {error}") from error

    def report_error(self, error: CommandError, options: Collection[str] = ()) -> None:
        """Prints the error on standard error: the problem as JSON for programs, else its detail and each field."""
        if self.options.format not in ("table", "id"):
            sys.stderr.write(as_json(error.problem) + "\n")
            return
        first, *rest = problems.lines(error.problem, options)
        sys.stderr.write("".join(f"{text}\n" for text in (f"mosaic: {first}", *rest)))


def parse_duration_option(value: str | None, option: str) -> int | None:
    """Returns the seconds of an option's duration. Raises WrongUsage."""
    try:
        return None if value is None else times.parse_duration(value)
    except ValueError as error:
        raise WrongUsage(f"{option}: {error}") from error
