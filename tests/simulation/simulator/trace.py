"""The trace of a run: recorded as objects, and formatted only on demand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mosaic.access.model import Token
from mosaic.jobs.model import Job


@dataclass
class Trace:
    """Lines of time, actor, action, fault, and result."""

    _lines: list[tuple[float, str, str, str | None, Any]] = field(default_factory=list)

    def record(
        self, now: float, actor: str, action: str, fault: str | None = None, result: object = None
    ) -> None:
        """Adds a line."""
        if isinstance(result, BaseException):
            result = _error(result)  # an exception would keep the frames of its traceback alive
        self._lines.append((now, actor, action, fault, result))

    def text(self) -> str:
        """Returns the whole run as text."""
        return "\n".join(_format_line(*line) for line in self._lines)


def _format_line(now: float, actor: str, action: str, fault: str | None, result: object) -> str:
    suffix = "" if result is None else f" → {_formatted(result)}"
    return f"{_format_time(now):>14}  {actor:<12} {f'✗ {fault} ' if fault else ''}{action}{suffix}"


def _format_time(now: float) -> str:
    days, rest = divmod(now, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{f'{days:.0f}d ' if days else ''}{hours:02.0f}:{int(minutes):02d}:{seconds:06.3f}"


def _formatted(result: object) -> str:
    if isinstance(result, Job):
        return job_summary(result)
    if isinstance(result, Token):
        return f"token {result.id}"
    if isinstance(result, tuple):
        return f"({', '.join(_formatted(item) for item in result[:5])})"
    return str(result)[:160]


def _error(result: BaseException) -> str:
    return f"{type(result).__name__}: {' '.join(str(result).split())[:120]}"


def job_summary(job: Job) -> str:
    """Returns a short description of a job."""
    status = "/".join(str(part) for part in (job.status, job.phase or job.waiting) if part)
    due = f", due {job.due_at:%d %H:%M:%S}" if job.due_at else ""
    error = f", {job.error.code}" if job.error else ""
    return f"{job.id[-2:]} v{job.version} {status}, attempt {job.attempt}{error}{due}"
