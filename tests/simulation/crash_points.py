"""Crashes a function at every call of every scenario, before and after the call takes effect."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from mosaic.jobs.lifecycle import ENDED
from tests.simulation.checkers.checker import Checker, InvariantViolation
from tests.simulation.reliability_page import write_table
from tests.simulation.scenarios import SCENARIOS, Scenario
from tests.simulation.simulator.cloud import Cloud
from tests.simulation.simulator.faults import Fault, FaultInjector
from tests.simulation.simulator.schedule import Process, Schedule
from tests.simulation.simulator.trace import Trace
from tests.simulation.workloads.actors import Actors

MAX_SECONDS = 5 * 24 * 3600.0
SECTION = "crash points"
NOTIFIER_CALLS = ("FakeComments.create", "FakeComments.update", "FakeDeadLetters.delete")
MOMENTS = (Fault.CRASH_BEFORE, Fault.CRASH_AFTER)


class CrashAtCall(FaultInjector):
    """Crashes the process that makes call number `at`; without `at` it only counts calls."""

    def __init__(self, schedule: Schedule, trace: Trace, at: int = 0, moment: Fault | None = None) -> None:
        super().__init__(schedule, trace)
        self._crash_at, self._fault = at, moment
        self.process_calls: list[tuple[str, str]] = []

    def fault(self, process: Process, name: str) -> Fault | None:
        """Returns a crash at the chosen call."""
        self.process_calls.append((process.name, name.removeprefix("Fake")))
        return self._fault if len(self.process_calls) == self._crash_at else None


@dataclass(frozen=True)
class CrashPoint:
    """One crash: the function, the call, and the delay in seconds that it causes until all work is done."""

    scenario: str
    function: str
    call: str
    moment: Fault
    delay: float


def run_scenario(
    scenario: type[Scenario], at: int = 0, moment: Fault | None = None
) -> tuple[CrashAtCall, float]:
    """Runs a scenario until it is at rest. Returns the calls, and when the last job ended or was notified.

    Raises InvariantViolation with the trace.
    """
    injector = CrashAtCall(Schedule(), Trace(), at, moment)
    cloud = Cloud(injector)
    checker = Checker(cloud)
    running = scenario(Actors(cloud, checker.history))
    ended: list[float] = [0.0]
    cloud.version_listeners.append(
        lambda _, new: ended.append(injector.schedule.now) if new.status in ENDED else None
    )
    cloud.call_listeners.append(
        lambda name, _: ended.append(injector.schedule.now) if name in NOTIFIER_CALLS else None
    )
    try:
        injector.schedule.run(2.0)
        injector.schedule.run(MAX_SECONDS, lambda: cloud.pending_work() is None and not running.pending)
        checker.at_end()
    except InvariantViolation as violation:
        crash = f"{moment} call {at}, {injector.process_calls[at - 1]}" if at else "no crash"
        raise InvariantViolation(
            f"{scenario.__name__}: {crash}: {violation}\n{injector.trace.text()}"
        ) from violation
    finally:
        injector.schedule.close()
    return injector, max(ended)


def crash_points(scenario: type[Scenario]) -> Iterator[CrashPoint]:
    """Yields every crash point of a scenario, after running it to its end."""
    undisturbed, ended_without_crash = run_scenario(scenario)
    for at, (function, call) in enumerate(undisturbed.process_calls, start=1):
        for moment in MOMENTS:
            _, ended = run_scenario(scenario, at, moment)
            yield CrashPoint(scenario.__name__, function, call, moment, max(0.0, ended - ended_without_crash))


def table(points: Iterable[CrashPoint]) -> str:
    """Returns the table of the page: the maximum delay after a crash of a function at a call."""
    rows: dict[tuple[str, str], dict[Fault, list[float]]] = defaultdict(lambda: defaultdict(list))
    for point in points:
        rows[point.function, point.call][point.moment].append(point.delay)
    lines = [
        "| function | crashes at | times | before it: delay | after it: delay |",
        "|---|---|---:|---:|---:|",
    ]
    for (function, call), delays in sorted(rows.items()):
        before, after = (delays[moment] for moment in MOMENTS)
        number = len(before) + len(after)
        lines.append(f"| {function} | `{call}` | {number} | {max(before):.0f} s | {max(after):.0f} s |")
    return "\n".join(lines)


def main() -> None:
    """Crashes every scenario at every call, and writes the table."""
    with ProcessPoolExecutor(2) as pool:
        points = [point for of_scenario in pool.map(_crash_points, SCENARIOS) for point in of_scenario]
    write_table(SECTION, table(points))


def _crash_points(scenario: type[Scenario]) -> list[CrashPoint]:
    """Returns the crash points as a list, which a process pool can pickle."""
    return list(crash_points(scenario))


if __name__ == "__main__":
    main()
