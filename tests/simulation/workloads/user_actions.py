"""Random actions of users when a job changes: approve, report, cancel, retry, or try what they may not do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from random import Random

from mosaic.jobs.lifecycle import ENDED
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Waiting
from tests.simulation.workloads.actors import (
    ADMIN,
    COMMITS,
    JOB_KINDS,
    MEMBER,
    STRANGER,
    Actors,
    run_principal,
)

MAX_RETRIES = 2
# The rate of jobs that an issue comment creates.
MENTION_RATE = 0.25
# The CI's reports of a gate: the maximum delay, the status, and the index of the commit; with their weights.
_GATE_REPORTS = (
    ((120.0, "passed", 0),),
    ((120.0, "passed", 0), (120.0, "passed", 0)),
    ((120.0, "error", 0), (400.0, "passed", 0)),
    ((120.0, "failed", 0),),
    ((120.0, "passed", 1),),
    (),
)
_WEIGHTS = (75, 8, 5, 5, 4, 3)


class UserActionsWorkload:
    """Creates `jobs` jobs, and acts on their changes while `is_active`."""

    def __init__(self, actors: Actors, random: Random, jobs: int) -> None:
        self._actors, self._random = actors, random
        self._retries = 0
        self.is_active = True
        self.mention_rate, self.kinds = MENTION_RATE, tuple(JOB_KINDS)
        self.report_gates: Callable[[Job], None] = self._report_gates
        actors.cloud.version_listeners.append(self.on_version)
        for number in range(jobs):
            actors.schedule("ada", partial(self._create_job, number), random.random() * 300)

        if random.random() < 0.1:
            actors.schedule(
                "anonymous", lambda: actors.cloud.deployment.queue.put("{}"), random.random() * 300
            )

    def _create_job(self, number: int) -> None:
        draw = self._random.random()
        if draw < self.mention_rate:
            self._mention()
        else:
            kind = self._random.choice(self.kinds)
            key = f"key-{number}" if self._random.random() < 0.7 else None
            if key and self._random.random() < 0.2:
                self._actors.schedule(
                    "ada (duplicate)", lambda: self._actors.create(kind, key), self._random.random()
                )
            self._actors.create(kind, key)

    def _mention(self) -> None:
        number = self._random.randint(1, 10**6)
        if self._random.random() < 0.2:
            self._actors.comment("do something forged", secret="guessed", number=number + 10**7)
        for _ in range(self._random.choice((1, 1, 2, 3))):
            self._actors.schedule(
                "github", lambda: self._actors.comment("find out why", number=number), self._delay(2)
            )
        if self._random.random() < 0.3:
            self._actors.schedule(
                "github", lambda: self._actors.comment("find out why", number=number), self._delay(9000)
            )

    def on_version(self, old: Job | None, new: Job) -> None:
        """Schedules actions for a saved version."""
        if not self.is_active:
            return
        if old is None:
            self._on_created(new)
        elif new.status is not old.status:
            if new.waiting is Waiting.APPROVAL:
                self._on_approval_required(new)
            if new.status is JobStatus.RUNNING:
                self._on_running(new)
            if new.status in ENDED and new.status is not JobStatus.COMPLETED:
                self._on_failed(new)

    def _on_created(self, job: Job) -> None:
        random, actors = self._random, self._actors
        if random.random() < 0.25:
            actors.schedule(
                "ada",
                lambda: actors.until_answered(lambda: actors.control(job, "cancel")),
                self._delay(600),
            )
        if random.random() < 0.1 and job.issue_number:
            actors.schedule("github", lambda: actors.command("cancel")(), self._delay(600))
        if random.random() < 0.1:
            actors.schedule(
                "a stranger", lambda: actors.control(job, "cancel", None, STRANGER), self._delay(100)
            )
        if random.random() < 0.1:
            actors.schedule("ada", lambda: actors.request("GET", f"/runner-jobs/{job.id}"), self._delay(300))

    def _on_approval_required(self, job: Job) -> None:
        actors, draw = self._actors, self._random.random()
        if draw < 0.85:
            action = "approve" if draw < 0.65 else "deny"
            body = {"reason": "we have looked"}
            actors.schedule(
                "eve",
                lambda: actors.until_answered(lambda: actors.control(job, action, body)),
                self._delay(3000),
            )
        if draw > 0.9:
            actors.schedule(
                "mallory",
                lambda: actors.control(job, "approve", {"reason": "me too"}, MEMBER),
                self._delay(60),
            )

    def _on_running(self, job: Job) -> None:
        random, actors = self._random, self._actors
        if random.random() < 0.15:
            actors.schedule(
                "the run", lambda: self._report_progress(job, job.attempt), 10 ** (3 * random.random())
            )
        if random.random() < 0.1:
            actors.schedule(
                "eve",
                lambda: actors.until_answered(lambda: actors.control(job, "cancel")),
                15 + 10 * random.random(),
            )
        if job.gates:
            self.report_gates(job)
            if random.random() < 0.15:
                gate_id = random.choice(job.gates).id
                actors.schedule(
                    "eve", lambda: actors.report_gate(job, gate_id, "forced", ADMIN), self._delay(300)
                )

    def _report_gates(self, job: Job) -> None:
        for gate in job.gates:
            for after, status, commit in self._random.choices(_GATE_REPORTS, _WEIGHTS)[0]:
                self._report_gate(job, gate.id, status, COMMITS[commit], after)

    def _report_gate(self, job: Job, gate: str, status: str, commit: str, after: float = 120) -> None:
        actors = self._actors

        def report() -> None:
            actors.until_answered(lambda: actors.report_gate(job, gate, status, commit=commit), 3)

        actors.schedule("ci", report, self._delay(after))

    def _on_failed(self, job: Job) -> None:
        if self._retries >= MAX_RETRIES or self._random.random() > 0.4:
            return
        self._retries += 1
        body = {"instructions": "Say hello"} if self._random.random() < 0.5 else None
        self._actors.schedule(
            "ada", lambda: self._actors.control(job, "retry", body, MEMBER), self._delay(300)
        )
        if self._random.random() < 0.2:
            self._actors.schedule(
                "ada", lambda: self._actors.control(job, "retry", body, MEMBER), self._delay(300)
            )

    def _report_progress(self, job: Job, attempt: int) -> None:
        """The job's run reports its progress, and may try to report a gate, which it is not allowed to do."""
        run = run_principal(job.id, attempt)
        reports = [{"kind": "progress", "percent": 50}, {"kind": "tool_call", "tool": "read"}]
        for _ in range(3):
            body = {"batchId": f"{self._random.random():.3f}", "reports": reports}
            self._actors.request("POST", f"/runner-jobs/{job.id}/reports", body, run)
            self._actors.cloud.schedule.sleep(self._delay(60))
        if self._random.random() < 0.3:
            self._actors.report_gate(job, "build", caller=run)

    def _delay(self, seconds: float) -> float:
        return seconds * self._random.random() ** 2
