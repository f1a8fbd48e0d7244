"""What people do when they see a job change: answer, report, cancel, retry, meddle. By the seed's dice."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from mosaic.jobs.lifecycle import ENDED
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Waiting
from tests.simulation.workloads.actors import ADMIN, COMMITS, KINDS, MEMBER, STRANGER, Actors, runner

MOST_RETRIES = 2
# How many jobs are asked for on an issue.
MENTIONS = 0.25
# What the CI says of a gate: when at the latest, what, and of which of the commits; and how often it says so.
_VERDICTS = (
    ((120.0, "passed", 0),),
    ((120.0, "passed", 0), (120.0, "passed", 0)),
    ((120.0, "error", 0), (400.0, "passed", 0)),
    ((120.0, "failed", 0),),
    ((120.0, "passed", 1),),
    (),
)
_ODDS = (75, 8, 5, 5, 4, 3)


class UserActionsWorkload:
    """People who start `jobs` jobs and mind them for as long as they are `awake`."""

    def __init__(self, actors: Actors, random: Random, jobs: int) -> None:
        self._actors, self._random = actors, random
        self._retries = 0
        self.awake = True
        self.mentions, self.kinds = MENTIONS, tuple(KINDS)
        self.judged: Callable[[Job], None] = self._is_judged
        actors.cloud.version_listeners.append(self.sees)
        for number in range(jobs):
            actors.does("ada", lambda number=number: self._begin(number), random.random() * 300)  # type: ignore[misc]

        if random.random() < 0.1:
            actors.does("somebody", lambda: actors.cloud.deployment.queue.put("{}"), random.random() * 300)

    def _begin(self, number: int) -> None:
        drawn = self._random.random()
        if drawn < self.mentions:
            self._mention()
        else:
            kind = self._random.choice(self.kinds)
            key = f"key-{number}" if self._random.random() < 0.7 else None
            if key and self._random.random() < 0.2:
                self._actors.does("ada's twin", lambda: self._actors.create(kind, key), self._random.random())
            self._actors.create(kind, key)

    def _mention(self) -> None:
        number = self._random.randint(1, 10**6)
        if self._random.random() < 0.2:
            self._actors.comment("do something forged", secret="guessed", number=number + 10**7)
        for _ in range(self._random.choice((1, 1, 2, 3))):
            self._actors.does(
                "github", lambda: self._actors.comment("find out why", number=number), self._soon(2)
            )
        if self._random.random() < 0.3:
            self._actors.does(
                "github", lambda: self._actors.comment("find out why", number=number), self._soon(9000)
            )

    def sees(self, old: Job | None, new: Job) -> None:
        """A version was saved, and somebody may do something about it."""
        if not self.awake:
            return
        if old is None:
            self._is_new(new)
        elif new.status is not old.status:
            if new.waiting is Waiting.APPROVAL:
                self._is_asked(new)
            if new.status is JobStatus.RUNNING:
                self._runs(new)
            if new.status in ENDED and new.status is not JobStatus.COMPLETED:
                self._has_failed(new)

    def _is_new(self, job: Job) -> None:
        random, actors = self._random, self._actors
        if random.random() < 0.25:
            actors.does("ada", lambda: actors.insist(lambda: actors.control(job, "cancel")), self._soon(600))
        if random.random() < 0.1 and job.issue_number:
            actors.does("github", lambda: actors.comment("cancel"), self._soon(600))
        if random.random() < 0.1:
            actors.does("a stranger", lambda: actors.control(job, "cancel", None, STRANGER), self._soon(100))
        if random.random() < 0.1:
            actors.does("ada", lambda: actors.ask("GET", f"/runner-jobs/{job.id}"), self._soon(300))

    def _is_asked(self, job: Job) -> None:
        actors, drawn = self._actors, self._random.random()
        if drawn < 0.85:
            verb = "approve" if drawn < 0.65 else "deny"
            body = {"reason": "we have looked"}
            actors.does(
                "eve", lambda: actors.insist(lambda: actors.control(job, verb, body)), self._soon(3000)
            )
        if drawn > 0.9:
            actors.does(
                "mallory",
                lambda: actors.control(job, "approve", {"reason": "me too"}, MEMBER),
                self._soon(60),
            )

    def _runs(self, job: Job) -> None:
        random, actors = self._random, self._actors
        if random.random() < 0.15:
            actors.does("the run", lambda: self._tells(job, job.attempt), 10 ** (3 * random.random()))
        if random.random() < 0.1:
            actors.does(
                "eve", lambda: actors.insist(lambda: actors.control(job, "cancel")), 15 + 10 * random.random()
            )
        if job.gates:
            self.judged(job)
            if random.random() < 0.15:
                forced = random.choice(job.gates).id
                actors.does("eve", lambda: actors.gate(job, forced, "forced", ADMIN), self._soon(300))

    def _is_judged(self, job: Job) -> None:
        for gate in job.gates:
            for after, status, commit in self._random.choices(_VERDICTS, _ODDS)[0]:
                self._reports(job, gate.id, status, COMMITS[commit], after)

    def _reports(self, job: Job, gate: str, status: str, commit: str, after: float = 120) -> None:
        actors = self._actors

        def report() -> None:
            actors.insist(lambda: actors.gate(job, gate, status, commit=commit), 3)

        actors.does("ci", report, self._soon(after))

    def _has_failed(self, job: Job) -> None:
        if self._retries >= MOST_RETRIES or self._random.random() > 0.4:
            return
        self._retries += 1
        body = {"instructions": "Say hello"} if self._random.random() < 0.5 else None
        self._actors.does("ada", lambda: self._actors.control(job, "retry", body, MEMBER), self._soon(300))
        if self._random.random() < 0.2:
            self._actors.does(
                "ada", lambda: self._actors.control(job, "retry", body, MEMBER), self._soon(300)
            )

    def _tells(self, job: Job, attempt: int) -> None:
        """The job's own run reports how far it has come, and tries to pass a gate, which is not its to pass."""
        run = runner(job.id, attempt)
        reports = [{"kind": "progress", "percent": 50}, {"kind": "tool_call", "tool": "read"}]
        for _ in range(3):
            body = {"batchId": f"{self._random.random():.3f}", "reports": reports}
            self._actors.ask("POST", f"/runner-jobs/{job.id}/reports", body, run)
            self._actors.cloud.schedule.sleep(self._soon(60))
        if self._random.random() < 0.3:
            self._actors.gate(job, "build", caller=run)

    def _soon(self, seconds: float) -> float:
        return seconds * self._random.random() ** 2
