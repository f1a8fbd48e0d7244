"""The nemesis: kills workers, restarts the gateway, and repeats messages while the load runs."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from local.gateway.stand_in import StandInGateway
from local.stack import LocalStack
from tests.chaos.history import History

KILL_EVERY = float(os.environ.get("KILL_EVERY") or 5.0)
RESTART_EVERY = 20.0
REPEAT_EVERY = 0.2
GATEWAY_DOWNTIME = 1.0


@dataclass
class Nemesis:
    """Causes failures until it is stopped, and counts them in the history."""

    stack: LocalStack
    gateway: StandInGateway
    history: History
    workspace: str

    def __post_init__(self) -> None:
        self._stopped = threading.Event()
        self._random = Random(1)  # noqa: S311 - no secret is made of it
        actions = (
            (KILL_EVERY, self._kill),
            (RESTART_EVERY, self._restart),
            (REPEAT_EVERY, self._resend_message),
        )
        self._threads = [
            threading.Thread(target=self._act_every, args=action, daemon=True) for action in actions
        ]

    def start(self) -> None:
        """Starts the threads."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stops the threads and waits for them."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _act_every(self, interval: float, act: Callable[[], None]) -> None:
        while not self._stopped.wait(interval):
            act()

    def _kill(self) -> None:
        """Sends SIGKILL to a worker that is processing an event."""
        workers = self.stack.workers()
        if workers:
            os.kill(self._random.choice(workers), signal.SIGKILL)
            self.history.count("kills")

    def _restart(self) -> None:
        self.gateway.restart(GATEWAY_DOWNTIME)
        self.history.count("restarts")

    def _resend_message(self) -> None:
        """Sends the message of a random job again, whatever its state is now."""
        job_ids = self.history.ids
        if not job_ids:
            return
        body = json.dumps({"workspaceId": self.workspace, "jobId": self._random.choice(job_ids)})
        queue = self.stack.resource("DispatchQueue")
        self.stack.client("sqs").send_message(QueueUrl=queue, MessageBody=body, MessageGroupId=self.workspace)
        self.history.count("messages")
