"""A stand-in for an OpenClaw gateway: the same admin RPC and callback, with a scripted agent.

`python -m local.gateway.stand_in` runs it alone. All state is in memory and lost when it stops.
"""

import argparse
import hmac
import json
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import urllib3

from local.gateway import rpc
from local.gateway.cron import RESTART_WAIT_MS, Automations, Delivery, ModelCall
from local.gateway.hooks import Hooks
from local.gateway.http import Server
from local.gateway.payloads import Json
from local.gateway.rate_limits import WriteLimit

CALLBACK_TIMEOUT = 10.0
"""The time limit in seconds for the response to a callback."""

MAX_CALLBACKS = 8
"""The number of callbacks that are sent at the same time."""


class StandInGateway:
    """A gateway on its own thread. `port` 0 chooses a free port; `url` is known before `start`.

    `think_seconds` is the duration of a turn without markers in its message. The real gateway accepts
    REAL_LIMIT `writes_per_minute` of one method; the default here is no limit, so that callers do not wait.
    Overdue runs wait `restart_wait_seconds` after a restart; the default is that of the real gateway.
    """

    def __init__(
        self,
        token: str,
        callback_token: str,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        think_seconds: float = 1.5,
        writes_per_minute: int | None = None,
        restart_wait_seconds: float = RESTART_WAIT_MS / 1000,
        hook_token: str = "local-hook-token",  # noqa: S107 - guards nothing but a stand-in on a loopback port
    ) -> None:
        self._token = token
        self._callback_token = callback_token
        self._cron = Automations(
            think_ms=round(think_seconds * 1000), restart_wait_ms=round(restart_wait_seconds * 1000)
        )
        self._limit = WriteLimit(writes_per_minute)
        self._changed = threading.Condition()
        self._started = False
        self._stopping = False
        self._pool = urllib3.PoolManager(retries=False, timeout=CALLBACK_TIMEOUT, maxsize=MAX_CALLBACKS)
        self._callback_executor = ThreadPoolExecutor(
            max_workers=MAX_CALLBACKS, thread_name_prefix="gateway-callback"
        )
        self._hooks = Hooks(hook_token, round(think_seconds * 1000))
        self._server = Server((host, port), self._authorized, self._call, self._hook)
        self._threads = (
            threading.Thread(
                target=self._server.serve_forever, args=(0.05,), name="gateway-http", daemon=True
            ),
            threading.Thread(target=self._run, name="gateway-cron", daemon=True),
        )

    @property
    def url(self) -> str:
        """The base URL, without a trailing slash."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    @property
    def model_calls(self) -> list[ModelCall]:
        """The runs that reached the model, those of hooks last."""
        with self._changed:
            return [*self._cron.model_calls, *self._hooks.model_calls]

    @property
    def connections(self) -> int:
        """The number of connections since the start."""
        return self._server.connections

    def close_connections(self) -> None:
        """Closes the connections that are kept alive; the real gateway closes idle ones."""
        self._server.close_connections()

    def start(self) -> None:
        """Starts to answer calls and to run due automations."""
        self._started = True
        for thread in self._threads:
            thread.start()

    def restart(self, downtime_seconds: float) -> None:
        """Kills the gateway and restarts it after `downtime_seconds`; calls wait meanwhile. Running turns
        fail.
        """
        with self._changed:
            killed_ms = _now_ms()
            time.sleep(downtime_seconds)
            self._cron.restart(_now_ms(), killed_ms)
            self._hooks.restart()
            self._changed.notify_all()

    def stop(self) -> None:
        """Stops the server, drops running turns, and waits for the callbacks being sent."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._started:
            self._server.shutdown()
            for thread in self._threads:
                thread.join()
        self._server.server_close()
        self._callback_executor.shutdown(wait=True, cancel_futures=True)
        self._pool.clear()

    def _authorized(self, authorization: str | None) -> bool:
        return hmac.compare_digest((authorization or "").encode(), f"Bearer {self._token}".encode())

    def _call(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        with self._changed:
            self._limit.count(method, _now_ms())
            payload = rpc.call(self._cron, method, params, _now_ms())
            self._changed.notify_all()
            return payload

    def _hook(self, headers: Mapping[str, str], data: bytes) -> tuple[int, Json | str]:
        with self._changed:
            return self._hooks.handle(headers, data, _now_ms())

    def _run(self) -> None:
        with self._changed:
            while not self._stopping:
                for delivery in self._cron.advance(_now_ms()):
                    self._callback_executor.submit(self._deliver, delivery)
                due_ms = self._cron.next_event_ms()
                self._changed.wait(None if due_ms is None else max(0, due_ms - _now_ms()) / 1000)

    def _deliver(self, delivery: Delivery) -> None:
        error = self._post(delivery)
        with self._changed:
            self._cron.settle(delivery, error)
            self._changed.notify_all()

    def _post(self, delivery: Delivery) -> str | None:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._callback_token}"}
        body = json.dumps(delivery.body).encode()
        try:
            response = self._pool.request("POST", delivery.url, body=body, headers=headers, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            return f"fetch failed | {type(error).__name__}"
        return None if response.status < 300 else f"Webhook request failed with HTTP {response.status}"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def main() -> None:
    """Runs a stand-in until Ctrl-C."""
    parser = argparse.ArgumentParser(description="A stand-in for an OpenClaw gateway.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=18789)
    parser.add_argument("--token", default="local-gateway-token")
    parser.add_argument("--callback-token", default="local-callback-token")
    parser.add_argument("--think-seconds", type=float, default=1.5)
    options = parser.parse_args()
    gateway = StandInGateway(
        options.token,
        options.callback_token,
        host=options.host,
        port=options.port,
        think_seconds=options.think_seconds,
    )
    gateway.start()
    print(f"stand-in gateway on {gateway.url}")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        gateway.stop()


if __name__ == "__main__":
    main()
