"""Random pushes of agents, and the results of a CI whose checks the forge reports."""

from __future__ import annotations

from functools import partial
from random import Random

from mosaic.jobs.gates import Forge as Provider
from mosaic.jobs.gates import Gate
from mosaic.jobs.model import Job
from tests.simulation.workloads.actors import MAIN_COMMIT, Actors
from tests.simulation.workloads.forge import GATES, SimulatedForge

# The runs of a check on a commit, each with its successive states.
_CHECK_RUNS = (
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
_WEIGHTS = (16, 10, 12, 30, 4, 6, 2, 16, 2, 2)
# Other users who can set a status on the repository, and a wrong webhook secret.
OTHER_SENDERS = ("mallory", "mallory", "mosaic[bot]")
WRONG_SECRET = "guessed"
# The rate of checks that only such users report.
FORGED_RATE = 0.15
# The rate of commits after the first whose check the CI never reports.
SKIPPED_RATE = 0.6
# The rate of attempts beside which commits of others are checked under the name of the job's branch.
FOREIGN_RATE = 0.6
# The rate of workspaces that require a push.
REQUIRE_PUSH_RATE = 0.6


class CiPipelineWorkload:
    """Pushes commits to the branches of running jobs, and checks them."""

    def __init__(self, actors: Actors, random: Random) -> None:
        self._actors, self._random = actors, random
        provider: Provider = "github" if random.random() < 0.75 else "gitea"
        self._forge = SimulatedForge(
            actors, provider, random.choice((GATES, GATES[1:], GATES[1:2], GATES[2:])), retry_rate=0.5
        )
        actors.cloud.configure_workspace(require_push=random.random() < REQUIRE_PUSH_RATE)

    def on_running(self, job: Job) -> None:
        """The attempt's agent pushes a few commits, or none. Others check commits that are not the job's."""
        if self._random.random() < FOREIGN_RATE:
            self._actors.schedule("ci", lambda: self._check_foreign_commit(job), 60 * self._random.random())
        if MAIN_COMMIT in job.instructions:
            self._actors.schedule("ci", lambda: self._check_main(job), 60 * self._random.random())
        head = self._forge.head(job)
        pushes = self._random.choice((0, 1, 1, 2) if head else (1, 2, 2, 3))
        for number in range(pushes):
            self._actors.schedule(
                "the agent", lambda: self._push(job), 60 * self._random.random() * 3**number
            )
        if head and not pushes:
            self._actors.schedule("ci", lambda: self._check(job, head), 60 * self._random.random())

    def _push(self, job: Job) -> None:
        is_first = self._forge.head(job) is None
        commit = self._forge.push(job)
        self._check(job, commit, 0.0 if is_first else SKIPPED_RATE)

    def _check(self, job: Job, commit: str, skipped: float = 0.0) -> None:
        for gate in job.gates:
            if self._random.random() < skipped:
                continue
            if gate.reporter.kind == "token":
                self._report_gate(job, gate.id, commit)
            else:
                self._actors.schedule("ci", partial(self._run_check, job, gate, commit), self._delay())

    def _check_foreign_commit(self, job: Job) -> None:
        """The checks of a fork's branch with the name of the job's, or of a commit on no branch, pass."""
        commit, is_of_fork = self._forge.any_commit(), self._random.random() < 0.7
        if is_of_fork:
            self._actors.history.job(job.workspace_id, job.id).fork_commits.add(commit)
        for gate in job.gates:
            if gate.reporter.kind == "check_run":
                run = self._forge.begin_check(job, gate, commit)
                run.is_of_fork = is_of_fork
                self._forge.report_check(run, "success")

    def _check_main(self, job: Job) -> None:
        """All checks of main pass on the commit that the run names."""
        for gate in job.gates:
            if gate.reporter.kind == "token":
                self._report_gate(job, gate.id, MAIN_COMMIT)
                continue
            for _ in range(2):
                run = self._forge.begin_check(job, gate, MAIN_COMMIT)
                run.branch = "main"
                self._forge.report_check(run, "success")
                self._actors.cloud.schedule.sleep(400 * self._random.random())

    def _report_gate(self, job: Job, gate: str, commit: str) -> None:
        actors = self._actors
        if self._random.random() < 0.95:
            actors.schedule(
                "ci",
                lambda: actors.until_answered(lambda: actors.report_gate(job, gate, commit=commit), 3),
                self._delay(),
            )

    def _run_check(self, job: Job, gate: Gate, commit: str) -> None:
        if self._random.random() < FORGED_RATE:
            run = self._forge.begin_check(job, gate, commit)
            if self._random.random() < 0.3:
                self._forge.report_check(run, "success", secret=WRONG_SECRET)
            else:
                self._forge.report_check(run, "success", by=self._random.choice(OTHER_SENDERS))
            return
        for states in self._random.choices(_CHECK_RUNS, _WEIGHTS)[0]:
            run = self._forge.begin_check(job, gate, commit)
            for state in states:
                self._actors.cloud.schedule.sleep(self._delay())
                self._forge.report_check(run, state)

    def _delay(self) -> float:
        return 120 * self._random.random() ** 2
