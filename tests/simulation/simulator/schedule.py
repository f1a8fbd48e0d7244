"""Virtual time: the order of events, and the running process. A process that sleeps lets others run.

Work may sleep anywhere in its stack, so each piece of work runs in a greenlet. The times alone decide which
one runs, so the same seed gives the same schedule.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count

from aws_lambda_powertools.event_handler.api_gateway import BaseRouter
from greenlet import getcurrent, greenlet

from api.app import app as api_app
from tests.fakes.clock import NOON
from tests.fakes.crash_injector import ProcessKilled
from webhook.app import app as webhook_app

# Powertools keeps the request in these attributes of its router class, which are missing before the first
# request.
for _name in ("current_event", "lambda_context"):
    setattr(BaseRouter, _name, None)


@dataclass
class Process:
    """A running process: an invocation of a function, or an actor. Its clock is `skew` seconds ahead.

    The process is killed at `deadline`, in seconds of the schedule. A `fault_free` process gets no other
    faults.
    """

    name: str
    skew: float = 0.0
    deadline: float = float("inf")
    fault_free: bool = False
    faults: list[str] = field(default_factory=list)


@dataclass
class Schedule:
    """Events in the order of their times.

    `now` is in seconds since noon. `process` is the running process, None outside of any.
    """

    now: float = 0.0
    process: Process | None = None
    _events: list[tuple[float, int, greenlet | Callable[[], object]]] = field(default_factory=list)
    _sequence: count[int] = field(default_factory=count)
    _main: greenlet = field(default_factory=getcurrent)
    _idle: list[greenlet] = field(default_factory=list)

    def clock(self) -> datetime:
        """Returns the true time."""
        return NOON + timedelta(milliseconds=round(self.now * 1000))

    def process_clock(self) -> datetime:
        """Returns the time by the running process's clock."""
        skew = self.process.skew if self.process else 0.0
        return NOON + timedelta(milliseconds=round((self.now + skew) * 1000))

    def at(self, time: float, action: Callable[[], object]) -> None:
        """Schedules an action at this time, or now if the time is past."""
        heappush(self._events, (max(time, self.now), next(self._sequence), action))

    def after(self, seconds: float, action: Callable[[], object]) -> None:
        """Schedules an action in so many seconds."""
        self.at(self.now + seconds, action)

    def sleep(self, seconds: float) -> None:
        """Lets time pass for the running process. Raises ProcessKilled at its deadline."""
        until = self.now + seconds
        if self._events and self._events[0][0] < until:
            self._suspend(until)
        else:
            self.now = until
        if self.process and self.now >= self.process.deadline:
            raise ProcessKilled(f"{self.process.name} ran out of time")

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Runs events for so many seconds, or until `until` holds after an event. Raises the exceptions of
        events.
        """
        end = self.now + seconds
        while not until():
            if not self._events or self._events[0][0] > end:
                self.now = max(self.now, end)
                return
            self.now, _, event = heappop(self._events)
            if isinstance(event, greenlet):
                event.switch()
            else:
                self.process = None
                worker = self._idle.pop() if self._idle else greenlet(self._run_worker, self._main)
                worker.switch(event)

    def close(self) -> None:
        """Ends all sleeping processes."""
        while self._events:
            event = heappop(self._events)[2]
            if isinstance(event, greenlet):
                event.throw()
        while self._idle:
            self._idle.pop().throw()

    def _run_worker(self, action: Callable[[], object]) -> None:
        """Runs actions one after another: a new greenlet costs more than most actions."""
        while True:
            with suppress(ProcessKilled):
                action()
            self._idle.append(getcurrent())
            action = self._main.switch()

    def _suspend(self, until: float) -> None:
        saved = (self.process, BaseRouter.current_event, BaseRouter.lambda_context)
        contexts = [dict(app.context) for app in (api_app, webhook_app)]
        heappush(self._events, (until, next(self._sequence), getcurrent()))
        self._main.switch()
        self.process, BaseRouter.current_event, BaseRouter.lambda_context = saved
        for app, context in zip((api_app, webhook_app), contexts, strict=True):
            app.context.clear()
            app.context.update(context)
