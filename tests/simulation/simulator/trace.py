"""What happened in a run, so that people can follow it: written down as it is, made readable only when it is needed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mosaic.access.model import Token
from mosaic.jobs.model import Job


@dataclass
class Trace:
    """Lines of time, actor, call, fault, and what came of it."""

    _lines: list[tuple[float, str, str, str | None, Any]] = field(default_factory=list)

    def record(self, now: float, who: str, what: str, fault: str | None = None, came: object = None) -> None:
        """Write down that somebody did something."""
        if isinstance(came, BaseException):
            came = _error(came)  # it holds on to all the frames that it went through
        self._lines.append((now, who, what, fault, came))

    def readable(self) -> str:
        """The whole run as text, a line each."""
        return "\n".join(_line(*line) for line in self._lines)


def _line(now: float, who: str, what: str, fault: str | None, came: object) -> str:
    told = "" if came is None else f" → {_shown(came)}"
    return f"{_time(now):>14}  {who:<12} {f'✗ {fault} ' if fault else ''}{what}{told}"


def _time(now: float) -> str:
    days, rest = divmod(now, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{f'{days:.0f}d ' if days else ''}{hours:02.0f}:{int(minutes):02d}:{seconds:06.3f}"


def _shown(came: object) -> str:
    if isinstance(came, Job):
        return state(came)
    if isinstance(came, Token):
        return f"token {came.id}"
    if isinstance(came, tuple):
        return f"({', '.join(_shown(each) for each in came[:5])})"
    return str(came)[:160]


def _error(came: BaseException) -> str:
    return f"{type(came).__name__}: {' '.join(str(came).split())[:120]}"


def state(job: Job) -> str:
    """A job in a few words."""
    where = "/".join(str(part) for part in (job.status, job.phase or job.waiting) if part)
    due = f", due {job.due_at:%d %H:%M:%S}" if job.due_at else ""
    error = f", {job.error.code}" if job.error else ""
    return f"{job.id[-2:]} v{job.version} {where}, attempt {job.attempt}{error}{due}"
