"""A chaos run: load with the nemesis, then no failures until all scenarios have ended, then the checks."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from local.demo import Demo
from local.gateway.stand_in import StandInGateway
from local.stack import LocalStack
from mosaic.storage.jobs import JobStore
from tests.chaos.actors import Actors
from tests.chaos.checker import GatewayRun
from tests.chaos.collector import Collector, runs_by_job
from tests.chaos.history import History
from tests.chaos.http_client import HttpClient
from tests.chaos.load_generator import LoadGenerator
from tests.chaos.nemesis import Nemesis

CONNECTIONS = 12
# Seconds; the sweep enqueues lost messages again within minutes.
MAX_WAIT = 900.0
# Seconds; on AWS it is a minute, but only lost messages would wait for it.
SWEEP_EVERY = 10.0
POLL_EVERY = 1.0
LOG_EVERY = 500
# The nemesis stops when all jobs are created and at most this part of them is open.
UNDISTURBED_RATIO = 0.1


@dataclass(frozen=True)
class Outcome:
    """The outcome of a run; `violations` are sentences, with a job's id or None.

    Times in seconds: until all jobs were created, had ended, and were recorded and checked.
    """

    history: History
    runs: tuple[GatewayRun, ...]
    violations: tuple[tuple[str | None, str], ...]
    created: float
    ended: float
    recorded: float


class ChaosRun:
    """Runs jobs through a stack with fresh data."""

    def __init__(
        self, stack: LocalStack, demo: Demo, gateway: StandInGateway, log: Callable[[str], None]
    ) -> None:
        """`log` gets messages about the progress."""
        self._stack, self._demo, self._gateway, self._log = stack, demo, gateway, log
        self._history = History()
        self._client = HttpClient(stack.url, self._history, CONNECTIONS)
        jobs = stack.env("ApiFunction")["JOBS_TABLE"]
        self._actors = Actors(lambda: JobStore(jobs), self._client, demo, self._history)

    def run(self, jobs: int) -> Outcome:
        """Creates so many jobs, and waits until they have ended. Raises NoAnswerError."""
        started = time.monotonic()
        with self._actors:
            created = self._run_with_nemesis(jobs) - started
            self._wait_until(0, self._sweep)
            ended = time.monotonic() - started
        runs = runs_by_job(self._gateway.model_calls)
        all_runs = tuple(run for of_job in runs.values() for run in of_job)
        violations = tuple(Collector(self._stack, self._demo.workspace).violations(self._history, runs))
        return Outcome(self._history, all_runs, violations, created, ended, time.monotonic() - started)

    def _run_with_nemesis(self, jobs: int) -> float:
        """Creates the jobs, with failures until most have ended. Returns the time when all were created."""
        nemesis = Nemesis(self._stack, self._gateway, self._history, self._demo.workspace)
        nemesis.start()
        load = LoadGenerator(
            self._client, self._demo, self._history, self._actors.add, self._actors.count_open
        )
        for number in load.run(jobs):
            if number % LOG_EVERY == 0:
                self._log(f"{number} of {jobs} jobs created")
        created = time.monotonic()
        self._wait_until(round(jobs * UNDISTURBED_RATIO), lambda: None)
        nemesis.stop()
        return created

    def _wait_until(self, open_limit: int, on_wait: Callable[[], None]) -> None:
        """Waits until at most `open_limit` jobs are open, or MAX_WAIT is over. Calls `on_wait` every
        SWEEP_EVERY seconds.
        """
        end, last_wait = time.monotonic() + MAX_WAIT, 0.0
        while (open_jobs := self._actors.count_open()) > open_limit and time.monotonic() < end:
            if time.monotonic() - last_wait > SWEEP_EVERY:
                self._log(f"{open_jobs} of {len(self._history.ids)} jobs are open")
                on_wait()
                last_wait = time.monotonic()
            time.sleep(POLL_EVERY)

    def _sweep(self) -> None:
        self._stack.invoke("SweeperFunction", {})
