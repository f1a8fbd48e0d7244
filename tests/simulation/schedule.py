"""Virtual time: what happens when, and who is at work. Whoever sleeps lets others act meanwhile, wherever they were.

Each piece of work may sleep anywhere in its stack, so it needs one of its own: a thread. Only one of them runs at a
time, and which one follows from the times alone; so the same seed gives the same schedule.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from threading import Lock, Thread

from aws_lambda_powertools.event_handler.api_gateway import BaseRouter

from api.app import app as api_app
from tests.fakes.clock import NOON
from tests.fakes.fate import Killed
from webhook.app import app as webhook_app


@dataclass
class Process:
    """Who is at work: a function's invocation or a person, with a clock that is `skew` seconds ahead of the truth.

    At `deadline`, in seconds since the beginning, it is killed. Nothing else befalls who is `spared`.
    """

    name: str
    skew: float = 0.0
    deadline: float = float("inf")
    spared: bool = False
    befallen: list[str] = field(default_factory=list)


class _Sleeper:
    """A piece of work that waits for its turn."""

    def __init__(self) -> None:
        self.turn = Lock()
        self.turn.acquire()


class _Hand(Thread):
    """A thread that takes up the schedule whenever somebody lays it down; kept for the next one."""

    idle: list[_Hand] = []  # noqa: RUF012 - shared by all schedules of the process

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._turn = Lock()
        self._turn.acquire()
        self._schedule: Schedule | None = None
        self.start()

    @classmethod
    def take(cls, schedule: Schedule) -> None:
        """Have somebody go on with the schedule."""
        hand = cls.idle.pop() if cls.idle else cls()
        hand._schedule = schedule
        hand._turn.release()

    def run(self) -> None:
        """Go on with one schedule after the other."""
        while True:
            self._turn.acquire()
            schedule, self._schedule = self._schedule, None
            if schedule:
                schedule.go_on(self)


@dataclass
class Schedule:
    """Events by their time. `now` is in seconds since noon; `process` is who is at work, None for the outside."""

    now: float = 0.0
    process: Process | None = None
    _events: list[tuple[float, int, _Sleeper | Callable[[], object]]] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=count)
    _over: Lock = field(default_factory=Lock)
    _until: Callable[[], bool] = lambda: False
    _end: float = 0.0
    _failure: BaseException | None = None
    _ending: bool = False

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
        if self._ending:
            raise Killed("the run is over")
        until = self.now + seconds
        if self._events and self._events[0][0] < until:
            self._step_aside(until)
        else:
            self.now = until
        if self.process and self.now >= self.process.deadline:
            raise Killed(f"{self.process.name} ran out of time")

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Let everything happen for so long, or until after some event `until` holds. Raises what an event raised."""
        self._until, self._end = until, self.now + seconds
        self._over.acquire()
        _Hand.take(self)
        self._over.acquire()
        self._over.release()
        if self._failure:
            raise self._failure

    def close(self) -> None:
        """Kill whoever still sleeps."""
        self._ending = True
        while self._events:
            what = heappop(self._events)[2]
            if isinstance(what, _Sleeper):
                self._over.acquire()
                what.turn.release()
                self._over.acquire()
                self._over.release()

    def go_on(self, hand: _Hand) -> None:
        """Let events happen until one of them is somebody else's to go on with, or the run is over."""
        while True:
            if self._ending or self._failure or self._until() or not self._due():
                _Hand.idle.append(hand)
                self._over.release()
                return
            self.now, _, what = heappop(self._events)
            if isinstance(what, _Sleeper):
                _Hand.idle.append(hand)
                what.turn.release()
                return
            self._happen(what)

    def _due(self) -> bool:
        if self._events and self._events[0][0] <= self._end:
            return True
        self.now = max(self.now, self._end)
        return False

    def _happen(self, act: Callable[[], object]) -> None:
        self.process = None
        try:
            with suppress(Killed):
                act()
        except BaseException as error:  # noqa: BLE001 - handed to whoever runs the schedule
            self._failure = self._failure or error

    def _step_aside(self, until: float) -> None:
        held = (self.process, BaseRouter.current_event, BaseRouter.lambda_context)
        contexts = [dict(app.context) for app in (api_app, webhook_app)]
        sleeper = _Sleeper()
        heappush(self._events, (until, next(self._numbers), sleeper))
        _Hand.take(self)
        sleeper.turn.acquire()
        self.process, BaseRouter.current_event, BaseRouter.lambda_context = held
        for app, context in zip((api_app, webhook_app), contexts, strict=True):
            app.context.clear()
            app.context.update(context)
        if self._ending:
            raise Killed("the run is over")
