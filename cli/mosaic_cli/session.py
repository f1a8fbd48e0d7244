"""One command under way: its options, the API it asks, and where its results go."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mosaic_cli import config, problems, times
from mosaic_cli.clock import Clock
from mosaic_cli.errors import CommandError, Json, WrongUsage
from mosaic_cli.options import Options
from mosaic_cli.output import Output
from mosaic_cli.paper import Paper, PlainPaper
from mosaic_cli.text import as_json, line

if TYPE_CHECKING:
    import httpx

    from mosaic_cli.api import Api


REAL_TIME = Clock(time.monotonic, time.sleep)


def _open_page(url: str) -> bool:
    import webbrowser

    return webbrowser.open(url)


@dataclass(frozen=True)
class World:
    """What a command finds around it; tests hand in another one."""

    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    transport: httpx.BaseTransport | None = None
    clock: Clock = REAL_TIME
    terminal: bool | None = None
    interactive: bool | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    open_page: Callable[[str], bool] = _open_page
    seconds: float | None = None
    """How long a request may take at most; as long as the API may need unless given."""


class Session:
    """What a command works with."""

    def __init__(self, options: Options, world: World, root: Any = None) -> None:
        self.options = options
        self.world = world
        self.root = root
        """The command line as a whole."""
        self._opened = ExitStack()

    @cached_property
    def settings(self) -> config.Settings:
        """The URL and the token in force; raises WrongUsage."""
        return config.settings(self.options, self.world.environment)

    @cached_property
    def api(self) -> Api:
        """The API; raises WrongUsage when the settings do not say which."""
        for warning in self.settings.warnings:
            self.note(f"warning: {warning}")
        return self.api_of(self.settings)

    @cached_property
    def quiet_api(self) -> Api:
        """The API, without a word about its settings."""
        return self.api_of(self.settings)

    def api_of(self, settings: config.Settings) -> Api:
        """The API by other settings than those in force."""
        from mosaic_cli.api import Api

        return self._opened.enter_context(closing(Api(settings, self.world.transport, self.world.seconds)))

    def close(self) -> None:
        """Let go of the connections."""
        self._opened.close()

    @cached_property
    def terminal(self) -> bool:
        """Whether results are seen by somebody, on a terminal that can do more than print lines."""
        if self.world.terminal is not None:
            return self.world.terminal
        return sys.stdout.isatty() and self.world.environment.get("TERM") != "dumb"

    @cached_property
    def interactive(self) -> bool:
        """Whether somebody can answer questions."""
        return sys.stdin.isatty() if self.world.interactive is None else self.world.interactive

    @cached_property
    def output(self) -> Output:
        """How documents are printed; raises WrongUsage for a jq expression that is none."""
        return Output(self.options.format, self.options.jq, terminal=self.terminal)

    @cached_property
    def paper(self) -> Paper:
        """What readable results are written on: plain lines for pipes and logs, a richer page for a terminal."""
        if not self.terminal:
            return PlainPaper()
        from mosaic_cli.rich_paper import RichPaper

        return RichPaper(now=self.world.now(), verbose=self.options.verbose)

    def show(self, answer: Json, draw: Callable[[Paper], None]) -> None:
        """The answer as a document if that is wanted, else as `draw` shows it."""
        if not self.output.for_programs:
            draw(self.paper)
            return
        for each in self.output.whole(answer):
            self.out(each)

    def out(self, text: str) -> None:
        """One line of result, at once; the text must be safe already."""
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def note(self, text: str) -> None:
        """One line that is no result."""
        sys.stderr.write(f"mosaic: {line(text)}\n")

    def hint(self, text: str) -> None:
        """A note for people, left out where a program reads the results."""
        if not self.output.for_programs:
            self.note(text)

    def time(self, said: str | None, option: str, *, ahead: bool = False) -> str | None:
        """The time that an option's value means, as the API takes it. Raises WrongUsage."""
        try:
            return said and times.rfc3339(times.moment(said, self.world.now(), ahead=ahead))
        except ValueError as error:
            raise WrongUsage(f"{option}: {error}") from error

    def complain(self, error: CommandError, options: Collection[str] = ()) -> None:
        """Say why the command failed: a problem as JSON if a program reads, else its detail and each field."""
        if self.options.format not in ("table", "id"):
            sys.stderr.write(as_json(error.problem) + "\n")
            return
        first, *rest = problems.lines(error.problem, options)
        sys.stderr.write("".join(f"{each}\n" for each in (f"mosaic: {first}", *rest)))


def duration(said: str | None, option: str) -> int | None:
    """The seconds of an option's value. Raises WrongUsage."""
    try:
        return None if said is None else times.seconds(said)
    except ValueError as error:
        raise WrongUsage(f"{option}: {error}") from error
