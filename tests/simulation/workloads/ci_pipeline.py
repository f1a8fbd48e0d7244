"""What agents push in a deployment whose gates a forge reports, and what its CI says of it. By the seed's dice."""

from __future__ import annotations

from random import Random

from mosaic.jobs.gates import Forge as Provider
from mosaic.jobs.gates import Gate
from mosaic.jobs.model import Job
from tests.simulation.workloads.actors import Actors
from tests.simulation.workloads.forge import GATES, Forge

# The runs of a check on a commit, each by the states that it goes through.
_RUNS = (
    (("success",),),
    (("pending", "success"),),
    (("pending", "success", "rerequested"), ("pending", "success")),
    (("success", "rerequested"),),
    (("timed_out",), ("success",)),
    (("failure",), ("pending", "success")),
    (("pending", "failure"),),
    (("success",), ("failure",)),
    (("skipped",),),
    (("pending",),),
)
_ODDS = (16, 10, 12, 30, 4, 6, 2, 16, 2, 2)
# Who else can set a status on the repository, and what somebody else has guessed.
OTHERS = ("mallory", "mallory", "mosaic[bot]")
GUESSED = "guessed"
# Of how many checks only these say something.
PRETENDED = 0.15
# Of how many commits that are not the first the CI never says anything of a gate.
SKIPPED = 0.6


class CiPipelineWorkload:
    """Pushes to the branch of every job that runs, and the checks on them."""

    def __init__(self, actors: Actors, random: Random) -> None:
        self._actors, self._random = actors, random
        provider: Provider = "github" if random.random() < 0.75 else "gitea"
        self._forge = Forge(
            actors, provider, random.choice((GATES, GATES[1:], GATES[1:2], GATES[2:])), again=0.5
        )

    def works_on(self, job: Job) -> None:
        """An attempt runs: its agent pushes a few times, or leaves the branch as it is."""
        head = self._forge.head(job)
        pushes = self._random.choice((0, 1, 1, 2) if head else (1, 2, 2, 3))
        for number in range(pushes):
            self._actors.does("the agent", lambda: self._push(job), 60 * self._random.random() * 3**number)
        if head and not pushes:
            self._actors.does("ci", lambda: self._is_checked(job, head), 60 * self._random.random())

    def _push(self, job: Job) -> None:
        is_first = self._forge.head(job) is None
        commit = self._forge.push(job)
        self._is_checked(job, commit, 0.0 if is_first else SKIPPED)

    def _is_checked(self, job: Job, commit: str, skipped: float = 0.0) -> None:
        for gate in job.gates:
            if self._random.random() < skipped:
                continue
            if gate.reporter.kind == "token":
                self._is_reported(job, gate.id, commit)
            else:
                self._actors.does("ci", lambda gate=gate: self._runs(job, gate, commit), self._soon())  # type: ignore[misc]

    def _is_reported(self, job: Job, gate: str, commit: str) -> None:
        actors = self._actors
        if self._random.random() < 0.95:
            actors.does(
                "ci", lambda: actors.insist(lambda: actors.gate(job, gate, commit=commit), 3), self._soon()
            )

    def _runs(self, job: Job, gate: Gate, commit: str) -> None:
        if self._random.random() < PRETENDED:
            run = self._forge.begin(job, gate, commit)
            if self._random.random() < 0.3:
                self._forge.says(run, "success", secret=GUESSED)
            else:
                self._forge.says(run, "success", by=self._random.choice(OTHERS))
            return
        for states in self._random.choices(_RUNS, _ODDS)[0]:
            run = self._forge.begin(job, gate, commit)
            for state in states:
                self._actors.cloud.schedule.sleep(self._soon())
                self._forge.says(run, state)

    def _soon(self) -> float:
        return 120 * self._random.random() ** 2
