"""Lives in which somebody dies at one chosen call: every call of every life, before it takes effect and after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from mosaic.jobs.lifecycle import ENDED
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Phase, Waiting
from tests.simulation.cloud import Cloud
from tests.simulation.faults import Calls, Fault
from tests.simulation.hooked import SpeakingRuns
from tests.simulation.judge import Broken, Judge
from tests.simulation.notices import Notices
from tests.simulation.people import ADMIN, MEMBER, People
from tests.simulation.schedule import Process, Schedule
from tests.simulation.trace import Trace

PATIENCE = 5 * 24 * 3600.0
PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- deaths -->", "<!-- /deaths -->"
TOLD = ("FakeComments.create", "FakeComments.update")
MOMENTS = (Fault.DEATH_BEFORE, Fault.DEATH_AFTER)


class Chosen(Calls):
    """Calls of which the n-th ends the process that makes it; without a number they are only counted."""

    def __init__(self, schedule: Schedule, trace: Trace, at: int = 0, moment: Fault | None = None) -> None:
        super().__init__(schedule, trace)
        self._number, self._death = at, moment
        self.made: list[tuple[str, str]] = []

    def fault(self, process: Process, name: str) -> Fault | None:
        """Death at the chosen call."""
        self.made.append((process.name, name.removeprefix("Fake")))
        return self._death if len(self.made) == self._number else None


class Life:
    """People who do what they do once, at the first version that calls for it, and insist on an answer."""

    def __init__(self, people: People) -> None:
        self.people = people
        self.prepares()
        self._done: set[object] = set()
        people.cloud.watchers.append(lambda _, new: self.sees(new))
        people.does("ada", self.begins)

    def prepares(self) -> None:
        """The deployment as it is before."""

    def begins(self) -> None:
        """Somebody asks for a job."""
        self.people.create("plain", "key")

    def sees(self, job: Job) -> None:
        """A version was saved."""

    def once(self, what: object, act: Callable[[], object]) -> None:
        """Have somebody do this, but only once."""
        if what not in self._done:
            self._done.add(what)
            self.people.does("ada", act, 1.0)


class Created(Life):
    """create: asked for by API, dispatched, called back"""


class Proven(Life):
    """gates: the run ends, and the CI reports each gate"""

    def begins(self) -> None:
        self.people.create("gated", "key")

    def sees(self, job: Job) -> None:
        if job.phase is Phase.VALIDATION:
            for gate in job.gates:
                self.once(gate.id, lambda id=gate.id: self._report(job, id))  # type: ignore[misc]  # bound at once

    def _report(self, job: Job, gate: str) -> None:
        self.people.insist(lambda: self.people.gate(job, gate))


class Mentioned(Proven):
    """webhook: a comment that GitHub delivers until it is answered"""

    def begins(self) -> None:
        self.people.insist(lambda: self.people.comment("find out why", number=1))


class Cancelled(Life):
    """cancel: while the agent works"""

    def begins(self) -> None:
        self.people.create("long", "key")

    def sees(self, job: Job) -> None:
        if job.phase is Phase.EXECUTION:
            self.once("cancel", lambda: self.people.insist(lambda: self.people.control(job, "cancel")))


class Retried(Life):
    """retry: of a job that its provider failed"""

    def begins(self) -> None:
        self.people.create("failing", "key")

    def sees(self, job: Job) -> None:
        if job.status is JobStatus.FAILED:
            body = {"instructions": "Say hello"}
            self.once(
                "retry", lambda: self.people.insist(lambda: self.people.control(job, "retry", body, MEMBER))
            )


class Approved(Life):
    """approve: what needs a person's yes gets it"""

    def begins(self) -> None:
        self.people.create("asking", "key")

    def sees(self, job: Job) -> None:
        if job.waiting is Waiting.APPROVAL:
            body = {"reason": "go on"}
            self.once(
                "yes", lambda: self.people.insist(lambda: self.people.control(job, "approve", body, ADMIN))
            )


class Delayed(Life):
    """sweep: a job that begins later"""

    def begins(self) -> None:
        self.people.create("delayed", "key")


class ByHooks(Life):
    """hooks only: the run itself says that it is done"""

    def prepares(self) -> None:
        self.people.cloud.change_doors(hooked=True)
        SpeakingRuns(self.people)


class Told(Mentioned):
    """notices: the issue is told how its job stands"""

    def prepares(self) -> None:
        Notices(self.people.cloud)


class InLine(Life):
    """line: two jobs where there is a place for one"""

    def prepares(self) -> None:
        self.people.cloud.set_up(max_running=1)

    def begins(self) -> None:
        self.people.create("plain", "first")
        self.people.create("plain", "second")


LIVES: tuple[type[Life], ...] = (
    Created,
    Mentioned,
    Proven,
    Cancelled,
    Retried,
    Approved,
    Delayed,
    ByHooks,
    Told,
    InLine,
)


@dataclass(frozen=True)
class Death:
    """One death: whose, at which call, and how many seconds later than without it everything was done."""

    life: str
    function: str
    call: str
    moment: Fault
    later: float


def lived(life: type[Life], at: int = 0, moment: Fault | None = None) -> tuple[Chosen, float]:
    """The calls that were made, and when all jobs had ended and were told of. Raises Broken with what led to it."""
    calls = Chosen(Schedule(), Trace(), at, moment)
    cloud = Cloud(calls)
    judge = Judge(cloud)
    life(People(cloud, judge.witness))
    ended: list[float] = [0.0]
    cloud.watchers.append(lambda _, new: ended.append(calls.schedule.now) if new.status in ENDED else None)
    cloud.stepped.append(lambda name, _: ended.append(calls.schedule.now) if name in TOLD else None)
    try:
        calls.schedule.run(2.0)
        calls.schedule.run(PATIENCE, lambda: cloud.busy() is None)
        judge.in_the_end()
    except Broken as broken:
        where = f"{moment} call {at}, {calls.made[at - 1]}" if at else "nobody died"
        raise Broken(f"{life.__name__}: {where}: {broken}\n{calls.trace.readable()}") from broken
    finally:
        calls.schedule.close()
    return calls, max(ended)


def deaths(life: type[Life]) -> Iterator[Death]:
    """Every death in a life, each lived to its end."""
    counted, undisturbed = lived(life)
    for at, (function, call) in enumerate(counted.made, start=1):
        for moment in MOMENTS:
            _, ended = lived(life, at, moment)
            yield Death(life.__name__, function, call, moment, max(0.0, ended - undisturbed))


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
        every = [death for of_one in pool.map(of_a_life, LIVES) for death in of_one]
    PAGE.write_text(written(PAGE.read_text(), every))


def of_a_life(life: type[Life]) -> list[Death]:
    """All of `deaths`."""
    return list(deaths(life))


if __name__ == "__main__":
    main()
