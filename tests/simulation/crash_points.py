"""Somebody dies at one chosen call of a life: every call of every life, before it takes effect and after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from mosaic.jobs.lifecycle import ENDED
from tests.simulation.checkers.checker import Checker, InvariantViolation
from tests.simulation.scenarios import SCENARIOS, Scenario
from tests.simulation.simulator.cloud import Cloud
from tests.simulation.simulator.faults import Fault, FaultInjector
from tests.simulation.simulator.schedule import Process, Schedule
from tests.simulation.simulator.trace import Trace
from tests.simulation.workloads.actors import Actors

PATIENCE = 5 * 24 * 3600.0
PAGE = Path(__file__).parents[2] / "docs/explanation/reliability.md"
BEGIN, END = "<!-- deaths -->", "<!-- /deaths -->"
TOLD = ("FakeComments.create", "FakeComments.update", "FakeDeadLetters.delete")
MOMENTS = (Fault.CRASH_BEFORE, Fault.CRASH_AFTER)


class CrashAtCall(FaultInjector):
    """Calls of which the n-th ends the process that makes it; without a number they are only counted."""

    def __init__(self, schedule: Schedule, trace: Trace, at: int = 0, moment: Fault | None = None) -> None:
        super().__init__(schedule, trace)
        self._number, self._death = at, moment
        self.made: list[tuple[str, str]] = []

    def fault(self, process: Process, name: str) -> Fault | None:
        """Death at the chosen call."""
        self.made.append((process.name, name.removeprefix("Fake")))
        return self._death if len(self.made) == self._number else None


@dataclass(frozen=True)
class Death:
    """One death: whose, at which call, and how many seconds later than without it everything was done."""

    scenario: str
    function: str
    call: str
    moment: Fault
    later: float


def run_scenario(
    scenario: type[Scenario], at: int = 0, moment: Fault | None = None
) -> tuple[CrashAtCall, float]:
    """The calls that were made, and when all jobs had ended and were told of. Raises Broken with what led to it."""
    calls = CrashAtCall(Schedule(), Trace(), at, moment)
    cloud = Cloud(calls)
    checker = Checker(cloud)
    actors = scenario(Actors(cloud, checker.history))
    ended: list[float] = [0.0]
    cloud.version_listeners.append(
        lambda _, new: ended.append(calls.schedule.now) if new.status in ENDED else None
    )
    cloud.call_listeners.append(lambda name, _: ended.append(calls.schedule.now) if name in TOLD else None)
    try:
        calls.schedule.run(2.0)
        calls.schedule.run(PATIENCE, lambda: cloud.pending_work() is None and not actors.waits)
        checker.at_end()
    except InvariantViolation as broken:
        where = f"{moment} call {at}, {calls.made[at - 1]}" if at else "nobody died"
        raise InvariantViolation(f"{scenario.__name__}: {where}: {broken}\n{calls.trace.text()}") from broken
    finally:
        calls.schedule.close()
    return calls, max(ended)


def deaths(scenario: type[Scenario]) -> Iterator[Death]:
    """Every death in a life, each lived to its end."""
    counted, undisturbed = run_scenario(scenario)
    for at, (function, call) in enumerate(counted.made, start=1):
        for moment in MOMENTS:
            _, ended = run_scenario(scenario, at, moment)
            yield Death(scenario.__name__, function, call, moment, max(0.0, ended - undisturbed))


def table(every: Iterable[Death]) -> str:
    """The deaths for the page: what everybody waits for at most when a function dies at a call."""
    rows: dict[tuple[str, str], dict[Fault, list[float]]] = defaultdict(lambda: defaultdict(list))
    for death in every:
        rows[death.function, death.call][death.moment].append(death.later)
    lines = [
        "| function | dies at | times | before it: later by | after it: later by |",
        "|---|---|---:|---:|---:|",
    ]
    for (function, call), told in sorted(rows.items()):
        before, after = (told[moment] for moment in MOMENTS)
        number = len(before) + len(after)
        lines.append(f"| {function} | `{call}` | {number} | {max(before):.0f} s | {max(after):.0f} s |")
    return "\n".join(lines)


def written(page: str, every: Iterable[Death]) -> str:
    """The page with this table in its place."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table(every)}\n{END}{after}"


def main() -> None:
    """Die everywhere, and write down what came of it."""
    with ProcessPoolExecutor(2) as pool:
        every = [death for of_one in pool.map(of_a_life, SCENARIOS) for death in of_one]
    PAGE.write_text(written(PAGE.read_text(), every))


def of_a_life(scenario: type[Scenario]) -> list[Death]:
    """All of `deaths`."""
    return list(deaths(scenario))


if __name__ == "__main__":
    main()
