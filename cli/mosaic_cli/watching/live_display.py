"""The live view of a job on a terminal: status, progress, steps, gates, and the latest events."""

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
from mosaic_cli.rendering.renderers import Table, without_empty
from mosaic_cli.rendering.rich_renderer import RichRenderer, styled
from mosaic_cli.rendering.text import line, safe
from mosaic_cli.views import event as event_view
from mosaic_cli.views import job as job_view
from mosaic_cli.views import job_status, progress
from mosaic_cli.watching.follow import JobUpdate, has_ended

EVENTS_SHOWN = 6
STEPS_SHOWN = 12
BAR_COLUMNS = 16
REFRESHES_PER_SECOND = 4


class LiveJob:
    """A display that refreshes while the job is watched. Its last state stays on the terminal."""

    def __init__(
        self, now: Callable[[], datetime], *, verbose: bool = False, console: Console | None = None
    ) -> None:
        self._now = now
        self._verbose = verbose
        self._renderer = RichRenderer(now(), verbose=verbose, console=console)
        self._job: Json = {}
        self._events: deque[str] = deque(maxlen=EVENTS_SHOWN)
        self._note = ""
        self._live = Live(
            console=self._renderer.console,
            get_renderable=self._render,
            refresh_per_second=REFRESHES_PER_SECOND,
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._note = ""
        self._live.stop()

    def show(self, updates: Iterable[JobUpdate]) -> Json:
        """Shows each update; returns the last state of the job."""
        for update in updates:
            self._job, self._note = update.job, ""
            self._events.extend(event_view.summary(event, verbose=self._verbose) for event in update.events)
        return self._job

    def note(self, text: str) -> None:
        """Shows a note until the next update, such as a lost connection."""
        self._note = text

    def _render(self) -> RenderableType:
        job = self._job
        name = Text(line(job.get("id", "…")), style="bold")
        name.append(f"  {progress.elapsed(job, self._now())}", style="not bold dim")
        parts: list[RenderableType] = [name, self._headline()]
        parts += _fields(job_status.next_fields(job) if not has_ended(job) else {}, "")
        if job.get("steps"):
            parts.append(self._renderer.as_rich_table(_latest_rows(job_view.steps(job))))
        if job.get("gates"):
            parts.append(self._renderer.as_rich_table(job_view.gates(job)))
        parts += [Text(event, style="dim", no_wrap=True, overflow="ellipsis") for event in self._events]
        parts += _fields(job_status.ending(job), "red")
        if self._note:
            parts.append(Text(line(self._note), style="yellow"))
        return Group(*parts)

    def _headline(self) -> RenderableType:
        job = self._job
        row = RichTable.grid(padding=(0, 1))
        status = job_status.status(job)
        row.add_row(
            Text("") if has_ended(job) else Spinner("dots"),
            styled("status", status, line(status)),
            Text(line(job.get("phase") or job.get("waiting") or "")),
            _progress_bar(job),
            Text(f"attempt {line(job_view.attempts(job))}" if job else "", style="dim"),
        )
        return row


def _fields(fields: Json, style: str) -> list[RenderableType]:
    return [Text(f"{name}: {safe(value)}", style=style) for name, value in without_empty(fields).items()]


def _progress_bar(job: Json) -> ProgressBar:
    """Returns a progress bar, which pulses while the progress is unknown."""
    percent = progress.percent(job)
    return ProgressBar(total=100, completed=percent, width=BAR_COLUMNS, pulse=not (percent or has_ended(job)))


def _latest_rows(table: Table) -> Table:
    return Table(table.headers, list(table.rows)[-STEPS_SHOWN:], table.title, table.drop)
