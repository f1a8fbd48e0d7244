"""The three gateways of one contract suite, each with its own clock and callback receiver."""

import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol, TypeVar
from uuid import uuid4

from local.gateway.cron import ModelCall
from local.gateway.stand_in import StandInGateway
from mosaic.openclaw.client import Gateway
from mosaic.openclaw.errors import GatewayBroke, GatewayUnavailable
from mosaic.openclaw.model import Accepted, RunGateway, RunOutcome, RunRequest, ScheduledRun
from tests.fakes import openclaw_process
from tests.fakes.gateway import FakeGateway
from tests.fakes.hooks import FakeHooks

T = TypeVar("T")

BRIDGE = {"tool_call", "tool_describe", "tool_search"}
CALLBACK_TOKEN = "test-callback-token"

OPENCLAW_LEAD = 5.0
"""Seconds until a run at the real gateway is due: a loaded gateway answers late."""

REMOVAL_TRIES = 4
"""Tries of a removal that a loaded gateway breaks off with an internal error."""


class GatewayBackend(Protocol):
    """A gateway and its surroundings.

    A turn with the marker SLEEP=`long_seconds` is long enough to be observed running, and longer than
    `short_timeout`. `patience` is the most seconds that a plain turn takes, `quiet` how long to check that
    nothing happens. A request is due `lead` seconds after it was made.
    """

    gateway: RunGateway
    callbacks: "Callbacks"
    long_seconds: int
    short_timeout: int
    patience: float
    quiet: float
    lead: float

    def now(self) -> datetime: ...
    def sleep(self, seconds: float) -> None: ...
    def offered(self, scheduled_run_id: str) -> list[set[str]]:
        """Returns the tools that each run of this scheduled run was offered; one entry for each run that
        reached the model.
        """

    def restart(self, away: float) -> None:
        """Kills the gateway and restarts it after at least so many seconds."""


class HttpGatewayBackend(GatewayBackend, Protocol):
    """A gateway that is reached over HTTP."""

    url: str
    token: str
    hook_token: str


class Callbacks:
    """The received callbacks by path. A path with `refuse` in it is answered 500; `hooks` run before the
    response.
    """

    def __init__(self) -> None:
        self.base_url = "http://127.0.0.1:9"
        self.received: list[tuple[str, str | None, Mapping[str, Any]]] = []
        self.hooks: dict[str, Callable[[Mapping[str, Any]], object]] = {}

    def take(self, path: str, authorization: str | None, body: Mapping[str, Any]) -> int:
        self.received.append((path, authorization, body))
        if path in self.hooks:
            self.hooks[path](body)
        return 500 if "refuse" in path else 200

    def of(self, key: str) -> list[Mapping[str, Any]]:
        return [body for _, _, body in self.received if body["job"].get("declarationKey") == key]


def request(backend: GatewayBackend, message: str = "hello", **changes: Any) -> RunRequest:
    """Returns a request for a run that is due soon, under a new key."""
    key = changes.pop("key", f"mosaic:{uuid4()}:1")
    path = changes.pop("path", uuid4().hex)
    plain: dict[str, Any] = {
        "key": key,
        "name": "contract",
        "agent": "weaver",
        "message": message,
        "tools": ("read",),
        "at": backend.now() + timedelta(seconds=backend.lead),
        "timeout_seconds": 300,
        "callback_url": f"{backend.callbacks.base_url}/{path}",
    }
    return RunRequest(**{**plain, **changes})


def wait_for(backend: GatewayBackend, look: Callable[[], T | None], seconds: float | None = None) -> T:
    """Returns what `look` finds as soon as it is not None; fails after the backend's patience or `seconds`."""
    end = backend.now() + timedelta(seconds=backend.patience if seconds is None else seconds)
    while (found := look()) is None:
        if backend.now() >= end:
            raise AssertionError("the condition was not met in time")
        backend.sleep(0.05)
    return found


def wait_for_outcome(
    backend: GatewayBackend, scheduled_run_id: str, seconds: float | None = None
) -> RunOutcome:
    """Returns the outcome of a run as soon as there is one."""
    return wait_for(backend, lambda: backend.gateway.outcome(scheduled_run_id), seconds)


def wait_until_running(backend: GatewayBackend, key: str) -> ScheduledRun:
    """Returns the scheduled run as soon as it is in progress."""

    def look() -> ScheduledRun | None:
        run = backend.gateway.find(key)
        return run if run and run.running_since else None

    return wait_for(backend, look)


def wait_until_over(backend: GatewayBackend, key: str) -> ScheduledRun:
    """Returns the scheduled run as soon as it has ended."""

    def look() -> ScheduledRun | None:
        run = backend.gateway.find(key)
        return run if run and run.last_run_at and not run.running_since else None

    return wait_for(backend, look)


class FakeBackend:
    """The fake, on a virtual clock."""

    long_seconds = 5
    short_timeout = 2
    patience = 60.0
    quiet = 20.0
    lead = 1.0

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
        self.callbacks = Callbacks()
        self.fake = FakeGateway(self.now, deliver=self._deliver)
        self.gateway: RunGateway = self.fake
        self.hooks = FakeHooks()

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self.fake.advance()

    def offered(self, scheduled_run_id: str) -> list[set[str]]:
        return _offered(self.fake.model_calls, scheduled_run_id)

    def restart(self, away: float) -> None:
        self._now += timedelta(seconds=away)
        self.fake.restart(timedelta(seconds=away))
        self.hooks.restart()

    def _deliver(self, url: str, body: Mapping[str, Any]) -> int:
        path = url.removeprefix(self.callbacks.base_url)
        return self.callbacks.take(path, f"Bearer {CALLBACK_TOKEN}", body)


class HttpBackend:
    """Callbacks over HTTP and the real clock."""

    url: str
    token: str
    hook_token: str

    def __init__(self) -> None:
        self.callbacks = Callbacks()
        self._receiver = _Receiver(self.callbacks)

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def close(self) -> None:
        self._receiver.shutdown()
        self._receiver.server_close()


class StandInBackend(HttpBackend):
    """The stand-in over HTTP."""

    long_seconds = 2
    short_timeout = 1
    patience = 5.0
    quiet = 1.2
    lead = 0.1

    def __init__(self) -> None:
        super().__init__()
        self.hook_token = "test-hook-token"
        self.stand_in = StandInGateway(
            "test-token", CALLBACK_TOKEN, think_seconds=0.1, hook_token=self.hook_token
        )
        self.stand_in.start()
        self.url, self.token = self.stand_in.url, "test-token"
        self.gateway: RunGateway = Gateway.connect(self.url, self.token)

    def offered(self, scheduled_run_id: str) -> list[set[str]]:
        return _offered(self.stand_in.model_calls, scheduled_run_id)

    def restart(self, away: float) -> None:
        self.stand_in.restart(away)

    def close(self) -> None:
        super().close()
        self.stand_in.stop()


class OpenClawBackend(HttpBackend):
    """A real gateway with the stand-in model behind it, as the environment names them."""

    long_seconds = 20
    short_timeout = 6
    patience = 180.0
    quiet = 5.0
    lead = OPENCLAW_LEAD

    def __init__(self) -> None:
        super().__init__()
        self.url, self.token = os.environ["OPENCLAW_URL"], os.environ["OPENCLAW_TOKEN"]
        self.hook_token = os.environ["OPENCLAW_HOOK_TOKEN"]
        self.gateway: RunGateway = RateLimitedGateway.connect(self.url, self.token, read_timeout=60)

    def offered(self, scheduled_run_id: str) -> list[set[str]]:
        """The first model call of a run is the one whose last message names the run's session."""
        calls = [json.loads(line) for line in Path(os.environ["FAKE_LLM_LOG"]).read_text().splitlines()]
        return [set(call["tools"]) for call in calls if f":cron:{scheduled_run_id}" in call.get("last", "")]

    def restart(self, away: float) -> None:
        openclaw_process.kill()
        self.sleep(away)
        openclaw_process.start(self.url)


class RateLimitedGateway(Gateway):
    """Waits when the gateway has taken enough calls for now, because many tests share one gateway.

    A request that had to wait is due OPENCLAW_LEAD seconds later.
    """

    def add(self, request: RunRequest) -> Accepted:
        """See `Gateway.add`; a request that was not taken gets a later start time, unless that has passed."""
        is_ahead = request.at > datetime.now(UTC)
        while True:
            try:
                return super().add(request)
            except GatewayUnavailable as busy:
                _wait(busy)
                soon = datetime.now(UTC) + timedelta(seconds=OPENCLAW_LEAD)
                if is_ahead and request.at < soon:
                    request = request.model_copy(update={"at": soon})

    def remove(self, scheduled_run_id: str) -> bool:
        """See `Gateway.remove`; a call that the gateway broke off may have removed the run, and is repeated."""
        broken_off = 0
        while True:
            try:
                return super().remove(scheduled_run_id) or broken_off > 0
            except GatewayBroke:
                broken_off += 1
                if broken_off == REMOVAL_TRIES:
                    raise
                time.sleep(1)
            except GatewayUnavailable as busy:
                _wait(busy)


def _wait(busy: GatewayUnavailable) -> None:
    if busy.may_have_been_accepted or busy.retry_after_seconds is None:
        raise busy
    time.sleep(busy.retry_after_seconds)


def _offered(calls: list[ModelCall], scheduled_run_id: str) -> list[set[str]]:
    return [set(call.tools) for call in calls if call.scheduled_run_id == scheduled_run_id]


class _Receiver(ThreadingHTTPServer):
    def __init__(self, callbacks: Callbacks) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.callbacks = callbacks
        callbacks.base_url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    server: _Receiver

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status = self.server.callbacks.take(self.path, self.headers.get("Authorization"), body)
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()
