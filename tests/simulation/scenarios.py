"""Scenarios: short lives of jobs with the requests around them, from creation to rest."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from mosaic.jobs.budget import DailyBudget
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Phase, Waiting
from mosaic.services.consume_stream import REFUSED
from mosaic.storage.job_queue import message_for
from tests.fakes.storage.job_queue import Message
from tests.simulation.simulator.issued_tokens import IssuedToken
from tests.simulation.simulator.notifications import Notifications
from tests.simulation.workloads.actors import ADMIN, MEMBER, Actors
from tests.simulation.workloads.budgets import until_midnight
from tests.simulation.workloads.fire_and_forget import ReportingRuns
from tests.simulation.workloads.forge import SimulatedForge
from tests.simulation.workloads.standing_approvals import approve, withdraw
from tests.simulation.workloads.token_theft import replace_token

WEEK = timedelta(days=7)


class Scenario:
    """Actors that react once to each kind of version, and repeat requests until they get a response.

    `pending` is the number of their actions that are not done yet.
    """

    def __init__(self, actors: Actors) -> None:
        self.actors, self.pending = actors, 0
        self.set_up()
        self._done: set[object] = set()
        actors.cloud.version_listeners.append(lambda _, new: self.on_version(new))
        self.once("begins", self.start, 0.0)

    def set_up(self) -> None:
        """Prepares the deployment."""

    def start(self) -> None:
        """Creates the scenario's first job."""
        self.actors.create("plain", "key")

    def on_version(self, job: Job) -> None:
        """Reacts to a saved version."""

    def once(self, key: object, action: Callable[[], object], after: float = 1.0) -> None:
        """Schedules this action, unless one with the same key was scheduled before."""
        if key in self._done:
            return
        self._done.add(key)
        self.pending += 1

        def run_action() -> None:
            action()
            self.pending -= 1

        self.actors.schedule("ada", run_action, after)


class CreatedJob(Scenario):
    """A job that is created by the API, dispatched, and called back"""


class GatedJob(Scenario):
    """A job whose CI reports each gate after the run"""

    def start(self) -> None:
        self.actors.create("gated", "key")

    def on_version(self, job: Job) -> None:
        if job.phase is Phase.VALIDATION:
            for gate in job.gates:
                self.once(gate.id, partial(self._report, job, gate.id))

    def _report(self, job: Job, gate: str) -> None:
        self.actors.until_answered(lambda: self.actors.report_gate(job, gate))


class WebhookJob(GatedJob):
    """A job from a comment that GitHub delivers until it gets a response"""

    def start(self) -> None:
        self.actors.until_answered(lambda: self.actors.comment("find out why", number=1))


class CancelledJob(Scenario):
    """A job that is cancelled during its run"""

    def start(self) -> None:
        self.actors.create("long", "key")

    def on_version(self, job: Job) -> None:
        if job.phase is Phase.EXECUTION:
            self.once(
                "cancel", lambda: self.actors.until_answered(lambda: self.actors.control(job, "cancel"))
            )


class RetriedJob(Scenario):
    """A job that is retried after a failure of its provider"""

    def start(self) -> None:
        self.actors.create("failing", "key")

    def on_version(self, job: Job) -> None:
        if job.status is JobStatus.FAILED:
            body = {"instructions": "Say hello"}
            self.once(
                "retry",
                lambda: self.actors.until_answered(lambda: self.actors.control(job, "retry", body, MEMBER)),
            )


class ApprovedJob(Scenario):
    """A job that waits for an approval and gets it"""

    def start(self) -> None:
        self.actors.create("needs approval", "key")

    def on_version(self, job: Job) -> None:
        if job.waiting is Waiting.APPROVAL:
            body = {"reason": "go on"}
            self.once(
                "yes",
                lambda: self.actors.until_answered(lambda: self.actors.control(job, "approve", body, ADMIN)),
            )


class DelayedJob(Scenario):
    """A job that starts later, by the sweep"""

    def start(self) -> None:
        self.actors.create("delayed", "key")


class FireAndForgetJob(Scenario):
    """A job of a gateway with hooks alone, whose run reports that it is done"""

    def set_up(self) -> None:
        self.actors.cloud.set_transport(hooks_only=True)
        ReportingRuns(self.actors)


class ForgeCheckedJob(Scenario):
    """A job whose pushes and checks a forge reports"""

    def set_up(self) -> None:
        self.forge = SimulatedForge(self.actors)

    def start(self) -> None:
        self.actors.create("gated", "key")

    def on_version(self, job: Job) -> None:
        if job.phase in (Phase.EXECUTION, Phase.VALIDATION):
            self.once("push", lambda: self._push(job))

    def _push(self, job: Job) -> None:
        commit = self.forge.push(job)
        for gate in job.gates:
            if gate.reporter.provider:
                self.forge.report_check(self.forge.begin_check(job, gate, commit), "success")
            else:
                self.actors.until_answered(partial(self.actors.report_gate, job, gate.id, commit=commit))


class NotifiedIssue(WebhookJob):
    """A job whose state a comment on its issue shows"""

    def set_up(self) -> None:
        Notifications(self.actors.cloud)


class WaitingForSlot(Scenario):
    """Two jobs in a workspace with one slot"""

    def set_up(self) -> None:
        self.actors.cloud.configure_workspace(max_running=1)

    def start(self) -> None:
        self.actors.create("plain", "first")
        self.actors.create("plain", "second")


class ReplacedToken(Scenario):
    """A replaced token, whose old secret is used after it was revoked"""

    def start(self) -> None:
        old = replace_token(self.actors, {"name": "ada", "role": "member"})
        self.actors.create("long", "key")
        self.once("old token", lambda: self._use_old_token(old), 90)

    def _use_old_token(self, old: IssuedToken) -> None:
        for observed in tuple(self.actors.history.observed_jobs.values()):
            self.actors.control(observed.now, "cancel", None, bearer=old.bearer)


class ExhaustedBudget(Scenario):
    """A job that the daily budget refuses, and that is retried the next day"""

    def set_up(self) -> None:
        self.actors.cloud.configure_workspace(daily_budget=DailyBudget(tokens=10))

    def start(self) -> None:
        self.actors.create("plain", "first")

    def on_version(self, job: Job) -> None:
        if job.status is JobStatus.COMPLETED:
            self.once("second", lambda: self.actors.create("plain", "second"))
        elif job.status is JobStatus.FAILED:
            self.once("tomorrow", lambda: self._retry(job), until_midnight(self.actors.cloud.schedule.now))

    def _retry(self, job: Job) -> None:
        self.actors.until_answered(lambda: self.actors.control(job, "retry", None, MEMBER))


class StandingApproval(Scenario):
    """A job that a standing approval lets start, until it is withdrawn"""

    def start(self) -> None:
        self.actors.create("needs approval", "first")

    def on_version(self, job: Job) -> None:
        task_id = job.agent_task_id
        if job.waiting is Waiting.APPROVAL and task_id == "third":
            self.once("no", lambda: self._deny(job))
        elif job.waiting is Waiting.APPROVAL:
            self.once("yes", lambda: approve(self.actors, job, WEEK))
        elif job.status is JobStatus.COMPLETED and task_id == "first":
            self.once("second", lambda: self.actors.create("needs approval", "second"), 100)
        elif job.status is JobStatus.COMPLETED:
            self.once("third", self._withdraw_all)

    def _withdraw_all(self) -> None:
        withdraw(self.actors)
        self.actors.create("needs approval", "third")

    def _deny(self, job: Job) -> None:
        self.actors.until_answered(lambda: self.actors.control(job, "deny", {"reason": "no more"}))


class DeadLetteredJob(Scenario):
    """A job that fails by a dead letter, and is redriven"""

    def start(self) -> None:
        self.actors.create("delayed", "key")

    def on_version(self, job: Job) -> None:
        if job.waiting is Waiting.DELAY:
            self.once("dead letter", lambda: self._add_dead_letter(job))
        elif job.status is JobStatus.FAILED:
            self.once("redrive", self._redrive, 600)

    def _add_dead_letter(self, job: Job) -> None:
        now = self.actors.cloud.schedule.clock()
        self.actors.cloud.failed_dispatches.adopt(
            Message(json.dumps(message_for(job).model_dump(by_alias=True)), now, now)
        )

    def _redrive(self) -> None:
        cloud = self.actors.cloud
        self.actors.until_answered(lambda: self.actors.request("POST", "/dead-letters/redrive", {}, ADMIN))
        if cloud.dead_letters.bodies:
            self.once(cloud.schedule.now, self._redrive, 120)


class RepairedLog(Scenario):
    """An event that DynamoDB rejects for a while, and that a repair records"""

    def on_version(self, job: Job) -> None:
        refuses = self.actors.cloud.deployment.events.refuses
        if job.version == 1:
            refuses[f"{job.id}-2-1"] = REFUSED
        elif job.status is JobStatus.COMPLETED:
            self.once("fixed", refuses.clear)
            self.once("repair", lambda: self._repair(job), 600)

    def _repair(self, job: Job) -> None:
        cloud = self.actors.cloud
        self.actors.until_answered(
            lambda: self.actors.request("POST", f"/runner-jobs/{job.id}/events/repair", {}, ADMIN)
        )
        cloud.schedule.sleep(400)
        if cloud.stream_dead_letters.bodies:
            self.once(cloud.schedule.now, lambda: self._repair(job))


SCENARIOS: tuple[type[Scenario], ...] = (
    CreatedJob,
    WebhookJob,
    GatedJob,
    CancelledJob,
    RetriedJob,
    ApprovedJob,
    DelayedJob,
    FireAndForgetJob,
    ForgeCheckedJob,
    NotifiedIssue,
    WaitingForSlot,
    ReplacedToken,
    ExhaustedBudget,
    StandingApproval,
    DeadLetteredJob,
    RepairedLog,
)
