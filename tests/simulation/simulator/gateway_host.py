"""The gateway and its machine: a skewed clock, crashes, a disk that may be lost, and callbacks."""

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

# The tools of each agent, as configured for a gateway with hooks alone. The inspector has no entry.
AGENT_TOOLS = {"runner": ("read",), "weaver": ("read", "write", "edit", "apply_patch")}
UNREACHABLE = GatewayUnavailable("hook: connection refused", may_have_been_accepted=False)


def tools_of_agent(agent: str) -> tuple[str, ...]:
    """Returns the tools that the agent may use; all tools for an agent without an entry."""
    return AGENT_TOOLS.get(agent, tuple(sorted(TOOLS)))


class GatewayHost:
    """The machine of the gateway.

    `callback_listeners` get the body of each callback, and `run_listeners` each request whose run the hooks
    have started. `interruption_listeners` are called after a crash and after an operator has stopped a run,
    `data_loss_listeners` after the disk was lost.
    """

    def __init__(self, schedule: Schedule, trace: Trace, random_source: RandomSource, skew: float) -> None:
        self._schedule, self._trace, self._random_source = schedule, trace, random_source
        self._skew = random_source.between(-skew, skew)
        self._next: float | None = None
        self._seen_runs = 0
        self.functions: Functions
        self.callback_listeners: list[Callable[[Mapping[str, Any]], None]] = []
        self.run_listeners: list[Callable[[RunRequest], None]] = []
        self.interruption_listeners: list[Callable[[], None]] = []
        self.data_loss_listeners: list[Callable[[], None]] = []
        self.gateway = FakeGateway(
            self._clock,
            deliver=self._send_callback,
            think_seconds=20,
            writes_per_minute=random_source.behavior.writes_per_minute,
        )
        self.hooks = FakeHooks(lambda request: _notify(self.run_listeners, request))

    @property
    def busy(self) -> bool:
        """Returns whether a run is left, or the gateway is down."""
        return self.gateway.is_dead or self.gateway.next_event() is not None

    def hooks_transport(self, calls: CrashInjector) -> FireAndForgetTransport:
        """Returns the transport of a deployment that knows the gateway's hooks alone."""
        return FireAndForgetTransport(calls.wrap(self.hooks), AGENT_TOOLS)

    def on_call(self) -> None:
        """Handles a call that reached the gateway. The gateway may crash after it."""
        for run in self.gateway.created[self._seen_runs :]:
            self._maybe_stop(str(run["declarationKey"]))
        self._seen_runs = len(self.gateway.created)
        if not self.gateway.is_dead and self._random_source.happens(
            self._random_source.behavior.gateway_crashes
        ):
            self._crash()
        self._schedule_next()

    def _crash(self) -> None:
        self._trace.record(self._schedule.now, "gateway", "is killed")
        self.gateway.kill()
        self.hooks.restart()
        self.hooks.error = UNREACHABLE
        _notify(self.interruption_listeners)
        self._schedule.after(
            self._random_source.between(0, self._random_source.behavior.gateway_downtime), self._restart
        )

    def _restart(self) -> None:
        loses_data = self._random_source.happens(self._random_source.behavior.disk_losses)
        self._trace.record(
            self._schedule.now, "gateway", "is back", "without its disk" if loses_data else None
        )
        if loses_data:
            self.gateway.forget()
            _notify(self.data_loss_listeners)
        self.gateway.restart()
        self.hooks.error = None
        self._schedule_next()

    def _maybe_stop(self, key: str) -> None:
        """At a low rate, an operator of the gateway stops a run."""
        if self._random_source.happens(self._random_source.behavior.operator_stops):
            self._schedule.after(self._random_source.between(1, 30), lambda: self._stop_run(key))

    def _stop_run(self, key: str) -> None:
        run = None if self.gateway.is_dead else self.gateway.find(key)
        if run and run.running_since:
            self._trace.record(self._schedule.now, "gateway", f"an operator stops {key}")
            self.gateway.cancel(run.id)
            _notify(self.interruption_listeners)

    def _clock(self) -> datetime:
        return self._schedule.clock() + timedelta(seconds=self._skew)

    def _schedule_next(self) -> None:
        due = self.gateway.next_event()
        if due is None:
            return
        time = seconds(due) - self._skew
        if self._next is None or time < self._next:
            self._next = time
            self._schedule.at(time, self._advance)

    def _advance(self) -> None:
        self._next = None
        self.gateway.advance()
        self._schedule_next()

    def _send_callback(self, url: str, body: Mapping[str, Any]) -> None:
        """Sends a callback. It may get lost, and a second copy may arrive hours later."""
        path, payload = "/stitcher/openclaw/" + url.removeprefix(CALLBACK_BASE), json.dumps(body).encode()
        headers = {"authorization": f"Bearer {CALLBACK_TOKEN}"}
        _notify(self.callback_listeners, body)
        restarts = self.hooks.restarts

        def deliver() -> None:
            is_lost = self._random_source.happens(self._random_source.behavior.lost_callbacks)
            response = None if is_lost else self.functions.webhook(path, headers, payload)
            if restarts == self.hooks.restarts:
                self.gateway.answered(url, response.status if response else 500)
                self._schedule_next()

        self._schedule.after(self._random_source.between(0.05, 2), deliver)
        behavior = self._random_source.behavior
        if self._random_source.happens(behavior.delays + 3 * behavior.duplicates):
            delay = HOURS * 10 ** self._random_source.between(-3, 0.8)
            self._schedule.after(delay, lambda: self.functions.webhook(path, headers, payload))


def _notify(listeners: list[Callable[..., None]], *args: object) -> None:
    for listener in listeners:
        listener(*args)
