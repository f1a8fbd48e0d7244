"""One command under way: its options, the API it asks, and where its results go."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from mosaic_cli import config
from mosaic_cli.errors import CommandError, Json
from mosaic_cli.follow import Clock
from mosaic_cli.paper import Paper, paper_for
from mosaic_cli.text import as_json, line, safe

if TYPE_CHECKING:
    import httpx

    from mosaic_cli.api import Api

REAL_TIME = Clock(time.monotonic, time.sleep)


@dataclass(frozen=True)
class World:
    """What a command finds around it; tests hand in another one."""

    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    transport: httpx.BaseTransport | None = None
    clock: Clock = REAL_TIME
    terminal: bool | None = None


class Session:
    """What a command works with."""

    def __init__(self, options: config.Options, world: World) -> None:
        self.json = options.json
        self.world = world
        self._options = options
        self._opened = ExitStack()

    @cached_property
    def api(self) -> Api:
        """The API; raises WrongUsage when the settings do not say which."""
        from mosaic_cli.api import Api

        found = config.settings(self._options, self.world.environment)
        for warning in found.warnings:
            self.note(f"warning: {warning}")
        return self._opened.enter_context(closing(Api(found, self.world.transport)))

    def close(self) -> None:
        """Let go of the connection."""
        self._opened.close()

    @cached_property
    def terminal(self) -> bool:
        """Whether results are seen by somebody, on a terminal that can do more than print lines."""
        if self.world.terminal is not None:
            return self.world.terminal
        return sys.stdout.isatty() and self.world.environment.get("TERM") != "dumb"

    @cached_property
    def paper(self) -> Paper:
        """What readable results are written on."""
        return paper_for(self.terminal)

    def show(self, answer: Json, draw: Callable[[Paper], None]) -> None:
        """The answer as JSON if that is wanted, else as `draw` shows it."""
        if self.json:
            self.out(as_json(answer, indent=2))
        else:
            draw(self.paper)

    def out(self, text: str) -> None:
        """One line of result, at once; the text must be safe already."""
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def note(self, text: str) -> None:
        """One line that is no result."""
        sys.stderr.write(f"mosaic: {line(text)}\n")

    def complain(self, error: CommandError) -> None:
        """Say why the command failed: a problem as JSON if JSON is wanted, else its detail and each field."""
        problem = error.problem
        if self.json:
            sys.stderr.write(as_json(problem) + "\n")
            return
        sys.stderr.write(
            f"mosaic: {safe(problem.get('detail', ''))} ({line(problem.get('code', 'unknown'))})\n"
        )
        for wrong in _fields(problem):
            sys.stderr.write(f"  {line(wrong.get('field', ''))}: {line(wrong.get('message', ''))}\n")


def _fields(problem: Json) -> list[Json]:
    told = problem.get("errors")
    return [wrong for wrong in told if isinstance(wrong, dict)] if isinstance(told, list) else []
