"""A job as it happens, on a terminal: its state, its progress, its steps and gates, and the latest events."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table as RichTable
from rich.text import Text

from mosaic_cli.errors import Json
from mosaic_cli.follow import Sighting, over
from mosaic_cli.paper import Table, present
from mosaic_cli.rich_paper import RichPaper, coloured
from mosaic_cli.text import line, safe
from mosaic_cli.views import event as event_view
from mosaic_cli.views import job as job_view
from mosaic_cli.views import outlook, progress

EVENTS_SHOWN = 6
STEPS_SHOWN = 12
BAR_COLUMNS = 16
REFRESHES_PER_SECOND = 4


class LiveJob:
    """A display that is drawn anew while the job is followed, and stays as it was last."""

    def __init__(
        self, now: Callable[[], datetime], *, verbose: bool = False, console: Console | None = None
    ) -> None:
        self._now = now
        self._verbose = verbose
        self._paper = RichPaper(now(), verbose=verbose, console=console)
        self._job: Json = {}
        self._events: deque[str] = deque(maxlen=EVENTS_SHOWN)
        self._note = ""
        self._live = Live(
            console=self._paper.console, get_renderable=self._drawn, refresh_per_second=REFRESHES_PER_SECOND
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._note = ""
        self._live.stop()

    def show(self, sightings: Iterable[Sighting]) -> Json:
        """Draw each sighting; answers the job as it was last."""
        for sighting in sightings:
            self._job, self._note = sighting.job, ""
            told = (event_view.told(event, verbose=self._verbose) for event in sighting.events)
            self._events.extend(told)
        return self._job

    def note(self, text: str) -> None:
        """Show what keeps the display from being up to date."""
        self._note = text

    def _drawn(self) -> RenderableType:
        job = self._job
        name = Text(line(job.get("id", "…")), style="bold")
        name.append(f"  {progress.elapsed(job, self._now())}", style="not bold dim")
        parts: list[RenderableType] = [name, self._headline()]
        parts += _fields(outlook.next_fields(job) if not over(job) else {}, "")
        if job.get("steps"):
            parts.append(self._paper.drawn(_latest(job_view.steps(job))))
        if job.get("gates"):
            parts.append(self._paper.drawn(job_view.gates(job)))
        parts += [Text(event, style="dim", no_wrap=True, overflow="ellipsis") for event in self._events]
        parts += _fields(outlook.ending(job), "red")
        if self._note:
            parts.append(Text(line(self._note), style="yellow"))
        return Group(*parts)

    def _headline(self) -> RenderableType:
        job = self._job
        row = RichTable.grid(padding=(0, 1))
        status = outlook.status(job)
        row.add_row(
            Text("") if over(job) else Spinner("dots"),
            coloured("status", status, line(status)),
            Text(line(job.get("phase") or job.get("waiting") or "")),
            _bar(job),
            Text(f"attempt {line(job_view.attempts(job))}" if job else "", style="dim"),
        )
        return row


def _fields(fields: Json, style: str) -> list[RenderableType]:
    return [Text(f"{name}: {safe(value)}", style=style) for name, value in present(fields).items()]


def _bar(job: Json) -> ProgressBar:
    """A bar that only pulses while nothing tells how far the job is."""
    percent = progress.percent(job)
    return ProgressBar(total=100, completed=percent, width=BAR_COLUMNS, pulse=not (percent or over(job)))


def _latest(table: Table) -> Table:
    return Table(table.headers, list(table.rows)[-STEPS_SHOWN:], table.title, table.drop)
