"""Those who make trouble while the load runs: workers killed, the gateway restarted, messages sent again."""

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
from tests.chaos.history import Ledger

KILL_EVERY = float(os.environ.get("KILL_EVERY") or 5.0)
RESTART_EVERY = 20.0
REPEAT_EVERY = 0.2
GATEWAY_AWAY = 1.0


@dataclass
class Trouble:
    """Makes trouble until told to stop; counts what it has done."""

    stack: LocalStack
    gateway: StandInGateway
    ledger: Ledger
    workspace: str

    def __post_init__(self) -> None:
        self._over = threading.Event()
        self._dice = Random(1)  # noqa: S311 - who is killed need not be a secret
        work = ((KILL_EVERY, self._kill), (RESTART_EVERY, self._restart), (REPEAT_EVERY, self._repeat))
        self._threads = [threading.Thread(target=self._go_on, args=one, daemon=True) for one in work]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Leave them alone."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _go_on(self, every: float, act: Callable[[], None]) -> None:
        while not self._over.wait(every):
            act()

    def _kill(self) -> None:
        """SIGKILL to a worker in the middle of its work."""
        workers = self.stack.workers()
        if workers:
            os.kill(self._dice.choice(workers), signal.SIGKILL)
            self.ledger.count("kills")

    def _restart(self) -> None:
        self.gateway.restart(GATEWAY_AWAY)
        self.ledger.count("restarts")

    def _repeat(self) -> None:
        """A message that was delivered once comes again, for a job that may be anywhere by now."""
        known = self.ledger.ids
        if not known:
            return
        body = json.dumps({"workspaceId": self.workspace, "jobId": self._dice.choice(known)})
        queue = self.stack.resource("DispatchQueue")
        self.stack.client("sqs").send_message(QueueUrl=queue, MessageBody=body, MessageGroupId=self.workspace)
        self.ledger.count("messages")
