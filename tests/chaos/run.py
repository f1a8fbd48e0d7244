"""One run: load and trouble at once, then quiet until every story is over, then the reckoning."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from local.demo import Demo
from local.gateway.stand_in import StandInGateway
from local.stack import LocalStack
from mosaic.storage.jobs import JobStore
from tests.chaos.actors import People
from tests.chaos.checker import Run
from tests.chaos.collector import Survey, runs_by_job
from tests.chaos.history import Ledger
from tests.chaos.http_client import Web
from tests.chaos.load_generator import Load
from tests.chaos.nemesis import Trouble

CONNECTIONS = 12
# Messages that were lost come back within minutes, by the sweep.
PATIENCE = 900.0
# On AWS the sweep comes once a minute. When only lost messages are left, more often is sooner over.
SWEEP_EVERY = 10.0
LOOK_EVERY = 1.0
SAY_EVERY = 500
# Trouble ends when all has been asked for and no more than this part of it goes on.
LEFT_IN_PEACE = 0.1


@dataclass(frozen=True)
class Done:
    """What came of it; `wrong` says what is not as it should be, and of which job if of one. In seconds: until all was
    asked for, had ended, and was found recorded.
    """

    ledger: Ledger
    runs: tuple[Run, ...]
    wrong: tuple[tuple[str | None, str], ...]
    asked: float
    ended: float
    recorded: float


class Day:
    """What happens to a stack that was just seeded."""

    def __init__(
        self, stack: LocalStack, demo: Demo, gateway: StandInGateway, say: Callable[[str], None]
    ) -> None:
        """`say` is told now and then how far it has come."""
        self._stack, self._demo, self._gateway, self._say = stack, demo, gateway, say
        self._ledger = Ledger()
        self._web = Web(stack.url, self._ledger, CONNECTIONS)
        jobs = stack.env("ApiFunction")["JOBS_TABLE"]
        self._people = People(lambda: JobStore(jobs), self._web, demo, self._ledger)

    def live(self, jobs: int) -> Done:
        """Ask for so many jobs, and see them to their end; raises NoAnswerError."""
        began = time.monotonic()
        with self._people:
            asked = self._trouble(jobs) - began
            self._until(0, self._sweep)
            ended = time.monotonic() - began
        runs = runs_by_job(self._gateway.model_calls)
        every = tuple(run for of_job in runs.values() for run in of_job)
        wrong = tuple(Survey(self._stack, self._demo.workspace).wrong(self._ledger, runs))
        return Done(self._ledger, every, wrong, asked, ended, time.monotonic() - began)

    def _trouble(self, jobs: int) -> float:
        """The load, with trouble until most of it is done; the moment when all was asked for."""
        trouble = Trouble(self._stack, self._gateway, self._ledger, self._demo.workspace)
        trouble.start()
        load = Load(self._web, self._demo, self._ledger, self._people.follow, self._people.count_open)
        for number in load.ask(jobs):
            if number % SAY_EVERY == 0:
                self._say(f"{number} of {jobs} are asked for")
        asked = time.monotonic()
        self._until(round(jobs * LEFT_IN_PEACE), lambda: None)
        trouble.stop()
        return asked

    def _until(self, enough: int, meanwhile: Callable[[], None]) -> None:
        """Wait until no more than `enough` jobs go on, or patience is over; `meanwhile` is called now and then."""
        end, looked = time.monotonic() + PATIENCE, 0.0
        while (left := self._people.count_open()) > enough and time.monotonic() < end:
            if time.monotonic() - looked > SWEEP_EVERY:
                self._say(f"{left} of {len(self._ledger.ids)} go on")
                meanwhile()
                looked = time.monotonic()
            time.sleep(LOOK_EVERY)

    def _sweep(self) -> None:
        self._stack.invoke("SweeperFunction", {})
