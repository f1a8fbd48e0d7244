"""Virtual time: what happens when, and who is at work. Whoever sleeps lets others act meanwhile, wherever they were.

Each piece of work may sleep anywhere in its stack, so it has one of its own: a greenlet. Which one runs follows from
the times alone; so the same seed gives the same schedule.
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

# Powertools keeps the request with the class of its routers, which has none of these before there was one.
for _name in ("current_event", "lambda_context"):
    setattr(BaseRouter, _name, None)


@dataclass
class Process:
    """Who is at work: a function's invocation or a person, with a clock that is `skew` seconds ahead of the truth.

    At `deadline`, in seconds since the beginning, it is killed. Nothing else befalls who is `spared`.
    """

    name: str
    skew: float = 0.0
    deadline: float = float("inf")
    fault_free: bool = False
    faults: list[str] = field(default_factory=list)


@dataclass
class Schedule:
    """Events by their time. `now` is in seconds since noon; `process` is who is at work, None for the outside."""

    now: float = 0.0
    process: Process | None = None
    _events: list[tuple[float, int, greenlet | Callable[[], object]]] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=count)
    _hub: greenlet = field(default_factory=getcurrent)
    _idle: list[greenlet] = field(default_factory=list)

    def clock(self) -> datetime:
        """The true time."""
        return NOON + timedelta(milliseconds=round(self.now * 1000))

    def own_clock(self) -> datetime:
        """The time as whoever is at work has it."""
        skew = self.process.skew if self.process else 0.0
        return NOON + timedelta(milliseconds=round((self.now + skew) * 1000))

    def at(self, moment: float, act: Callable[[], object]) -> None:
        """Have something happen at this time, or now if that is past."""
        heappush(self._events, (max(moment, self.now), next(self._numbers), act))

    def after(self, seconds: float, act: Callable[[], object]) -> None:
        """Have something happen in so many seconds."""
        self.at(self.now + seconds, act)

    def sleep(self, seconds: float) -> None:
        """Let time pass for whoever is at work. Raises Killed when its own is up."""
        until = self.now + seconds
        if self._events and self._events[0][0] < until:
            self._step_aside(until)
        else:
            self.now = until
        if self.process and self.now >= self.process.deadline:
            raise ProcessKilled(f"{self.process.name} ran out of time")

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Let everything happen for so long, or until after some event `until` holds. Raises what an event raised."""
        end = self.now + seconds
        while not until():
            if not self._events or self._events[0][0] > end:
                self.now = max(self.now, end)
                return
            self.now, _, what = heappop(self._events)
            if isinstance(what, greenlet):
                what.switch()
            else:
                self.process = None
                worker = self._idle.pop() if self._idle else greenlet(self._work, self._hub)
                worker.switch(what)

    def close(self) -> None:
        """End whoever still sleeps."""
        while self._events:
            what = heappop(self._events)[2]
            if isinstance(what, greenlet):
                what.throw()
        while self._idle:
            self._idle.pop().throw()

    def _work(self, act: Callable[[], object]) -> None:
        """One thing after the other: a stack of one's own costs more than most things that happen on it."""
        while True:
            with suppress(ProcessKilled):
                act()
            self._idle.append(getcurrent())
            act = self._hub.switch()

    def _step_aside(self, until: float) -> None:
        held = (self.process, BaseRouter.current_event, BaseRouter.lambda_context)
        contexts = [dict(app.context) for app in (api_app, webhook_app)]
        heappush(self._events, (until, next(self._numbers), getcurrent()))
        self._hub.switch()
        self.process, BaseRouter.current_event, BaseRouter.lambda_context = held
        for app, context in zip((api_app, webhook_app), contexts, strict=True):
            app.context.clear()
            app.context.update(context)
