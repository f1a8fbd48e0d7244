"""The gateway and the machine that it runs on: a clock of its own, deaths, a disk that may be lost, callbacks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from local.gateway.agent import TOOLS
from mosaic.openclaw.errors import GatewayUnavailable
from mosaic.openclaw.model import RunRequest
from mosaic.services.hooks_transport import FireAndForgetTransport
from tests.fakes.crash_injector import CrashInjector
from tests.fakes.deployment import CALLBACK_BASE
from tests.fakes.gateway import FakeGateway
from tests.fakes.hooks import FakeHooks
from tests.simulation.simulator.event_sources import HOURS, seconds
from tests.simulation.simulator.functions import CALLBACK_TOKEN, Functions
from tests.simulation.simulator.random_source import RandomSource
from tests.simulation.simulator.schedule import Schedule
from tests.simulation.simulator.trace import Trace

# What agents may use as a deployment has it that knows of the hooks only; it says nothing of the inspector.
CEILINGS = {"runner": ("read",), "weaver": ("read", "write", "edit", "apply_patch")}
DEAD = GatewayUnavailable("hook: nobody is there", may_have_been_accepted=False)


def ceiling(agent: str) -> tuple[str, ...]:
    """The tools that the agent may use; all where nobody has said."""
    return CEILINGS.get(agent, tuple(sorted(TOOLS)))


class GatewayHost:
    """Where the gateway runs. Whoever watches is told of its callbacks' bodies, of the requests whose runs its hooks
    have begun, of each death or turn that an operator has stopped, and of a lost disk.
    """

    def __init__(self, schedule: Schedule, trace: Trace, random_source: RandomSource, skew: float) -> None:
        self._schedule, self._trace, self._random_source = schedule, trace, random_source
        self._skew = random_source.between(-skew, skew)
        self._next: float | None = None
        self._made = 0
        self.functions: Functions
        self.callbacks: list[Callable[[Mapping[str, Any]], None]] = []
        self.begun: list[Callable[[RunRequest], None]] = []
        self.interrupted: list[Callable[[], None]] = []
        self.forgot: list[Callable[[], None]] = []
        self.gateway = FakeGateway(
            self._clock,
            deliver=self._called_back,
            think_seconds=20,
            writes_per_minute=random_source.behavior.writes_per_minute,
        )
        self.hooks = FakeHooks(lambda request: _tell(self.begun, request))

    @property
    def busy(self) -> bool:
        """Whether anything is still to be run, or nobody is there to run it."""
        return self.gateway.is_dead or self.gateway.next_event() is not None

    def hooks_transport(self, calls: CrashInjector) -> FireAndForgetTransport:
        """What a deployment knows of a gateway that offers hooks only."""
        return FireAndForgetTransport(calls.over(self.hooks), CEILINGS)

    def on_call(self) -> None:
        """A call has reached it, and this may have been the last."""
        for asked in self.gateway.created[self._made :]:
            self._is_stopped(str(asked["declarationKey"]))
        self._made = len(self.gateway.created)
        if not self.gateway.is_dead and self._random_source.happens(
            self._random_source.behavior.gateway_crashes
        ):
            self._dies()
        self._mind()

    def _dies(self) -> None:
        self._trace.record(self._schedule.now, "gateway", "is killed")
        self.gateway.kill()
        self.hooks.restart()
        self.hooks.error = DEAD
        _tell(self.interrupted)
        self._schedule.after(
            self._random_source.between(0, self._random_source.behavior.gateway_downtime), self._comes_back
        )

    def _comes_back(self) -> None:
        forgets = self._random_source.happens(self._random_source.behavior.disk_losses)
        self._trace.record(self._schedule.now, "gateway", "is back", "without its disk" if forgets else None)
        if forgets:
            self.gateway.forget()
            _tell(self.forgot)
        self.gateway.restart()
        self.hooks.error = None
        self._mind()

    def _is_stopped(self, key: str) -> None:
        """Now and then an operator of the gateway stops a turn."""
        if self._random_source.happens(self._random_source.behavior.operator_stops):
            self._schedule.after(self._random_source.between(1, 30), lambda: self._stop(key))

    def _stop(self, key: str) -> None:
        held = None if self.gateway.is_dead else self.gateway.find(key)
        if held and held.running_since:
            self._trace.record(self._schedule.now, "gateway", f"an operator stops {key}")
            self.gateway.cancel(held.id)
            _tell(self.interrupted)

    def _clock(self) -> datetime:
        return self._schedule.clock() + timedelta(seconds=self._skew)

    def _mind(self) -> None:
        due = self.gateway.next_event()
        if due is None:
            return
        moment = seconds(due) - self._skew
        if self._next is None or moment < self._next:
            self._next = moment
            self._schedule.at(moment, self._advance)

    def _advance(self) -> None:
        self._next = None
        self.gateway.advance()
        self._mind()

    def _called_back(self, url: str, body: Mapping[str, Any]) -> None:
        """The callback is on its way; now and then it never arrives, or a second copy of it does, hours later."""
        path, sent = "/stitcher/openclaw/" + url.removeprefix(CALLBACK_BASE), json.dumps(body).encode()
        headers = {"authorization": f"Bearer {CALLBACK_TOKEN}"}
        _tell(self.callbacks, body)
        lives = self.hooks.restarts

        def first() -> None:
            deaf = self._random_source.happens(self._random_source.behavior.lost_callbacks)
            came = None if deaf else self.functions.webhook(path, headers, sent)
            if lives == self.hooks.restarts:
                self.gateway.answered(url, came.status if came else 500)
                self._mind()

        self._schedule.after(self._random_source.between(0.05, 2), first)
        behavior = self._random_source.behavior
        if self._random_source.happens(behavior.delays + 3 * behavior.duplicates):
            again = HOURS * 10 ** self._random_source.between(-3, 0.8)
            self._schedule.after(again, lambda: self.functions.webhook(path, headers, sent))


def _tell(told: list[Callable[..., None]], *what: object) -> None:
    for tell in told:
        tell(*what)
