"""Lives of jobs: what people do around one, from its beginning to its end."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

from mosaic.jobs.budget import DailyBudget
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Phase, Waiting
from mosaic.services.consume_stream import REFUSED
from mosaic.storage.job_queue import wake
from tests.fakes.job_queue import Message
from tests.simulation.simulator.issued_tokens import Held
from tests.simulation.simulator.notifications import Notices
from tests.simulation.workloads.actors import ADMIN, MEMBER, People
from tests.simulation.workloads.budgets import until_midnight
from tests.simulation.workloads.fire_and_forget import SpeakingRuns
from tests.simulation.workloads.forge import Forge
from tests.simulation.workloads.standing_approvals import give, withdraw
from tests.simulation.workloads.token_theft import renew

WEEK = timedelta(days=7)


class Life:
    """People who do what they do once, at the first version that calls for it, and insist on an answer.

    `waits` is how much they have in mind to do.
    """

    def __init__(self, people: People) -> None:
        self.people, self.waits = people, 0
        self.prepares()
        self._done: set[object] = set()
        people.cloud.watchers.append(lambda _, new: self.sees(new))
        self.once("begins", self.begins, 0.0)

    def prepares(self) -> None:
        """The deployment as it is before."""

    def begins(self) -> None:
        """Somebody asks for a job."""
        self.people.create("plain", "key")

    def sees(self, job: Job) -> None:
        """A version was saved."""

    def once(self, what: object, act: Callable[[], object], after: float = 1.0) -> None:
        """Have somebody do this in a while, but only once."""
        if what in self._done:
            return
        self._done.add(what)
        self.waits += 1

        def done() -> None:
            act()
            self.waits -= 1

        self.people.does("ada", done, after)


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


class Judged(Life):
    """checks: a forge tells what was pushed, and what its CI says of it"""

    def prepares(self) -> None:
        self.forge = Forge(self.people)

    def begins(self) -> None:
        self.people.create("gated", "key")

    def sees(self, job: Job) -> None:
        if job.phase in (Phase.EXECUTION, Phase.VALIDATION):
            self.once("push", lambda: self._push(job))

    def _push(self, job: Job) -> None:
        commit = self.forge.push(job)
        for gate in job.gates:
            if gate.reporter.provider:
                self.forge.says(self.forge.begin(job, gate, commit), "success")
            else:
                self.people.insist(lambda gate=gate: self.people.gate(job, gate.id, commit=commit))  # type: ignore[misc]


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


class Renewed(Life):
    """tokens: ada gets another one, and whoever finds the old one comes too late"""

    def begins(self) -> None:
        old = renew(self.people, {"name": "ada", "role": "member"})
        self.people.create("long", "key")
        self.once("found", lambda: self._tries(old), 90)

    def _tries(self, old: Held) -> None:
        for case in tuple(self.people.witness.cases.values()):
            self.people.control(case.now, "cancel", None, bearer=old.bearer)


class Spent(Life):
    """budget: a job is one too many for the day, and goes on the next"""

    def prepares(self) -> None:
        self.people.cloud.set_up(daily_budget=DailyBudget(tokens=10))

    def begins(self) -> None:
        self.people.create("plain", "first")

    def sees(self, job: Job) -> None:
        if job.status is JobStatus.COMPLETED:
            self.once("second", lambda: self.people.create("plain", "second"))
        elif job.status is JobStatus.FAILED:
            self.once(
                "tomorrow", lambda: self._asks_again(job), until_midnight(self.people.cloud.schedule.now)
            )

    def _asks_again(self, job: Job) -> None:
        self.people.insist(lambda: self.people.control(job, "retry", None, MEMBER))


class Stands(Life):
    """standing approval: what is approved lets another job through, until it is withdrawn"""

    def begins(self) -> None:
        self.people.create("asking", "first")

    def sees(self, job: Job) -> None:
        number = job.agent_task_id
        if job.waiting is Waiting.APPROVAL and number == "third":
            self.once("no", lambda: self._denies(job))
        elif job.waiting is Waiting.APPROVAL:
            self.once("yes", lambda: give(self.people, job, WEEK))
        elif job.status is JobStatus.COMPLETED and number == "first":
            self.once("second", lambda: self.people.create("asking", "second"), 100)
        elif job.status is JobStatus.COMPLETED:
            self.once("third", self._withdraws)

    def _withdraws(self) -> None:
        withdraw(self.people)
        self.people.create("asking", "third")

    def _denies(self, job: Job) -> None:
        self.people.insist(lambda: self.people.control(job, "deny", {"reason": "no more"}))


class Poisoned(Life):
    """poison: a job fails for a message that cannot be processed, and is put back"""

    def begins(self) -> None:
        self.people.create("delayed", "key")

    def sees(self, job: Job) -> None:
        if job.waiting is Waiting.DELAY:
            self.once("poison", lambda: self._poisons(job))
        elif job.status is JobStatus.FAILED:
            self.once("redrive", self._redrives, 600)

    def _poisons(self, job: Job) -> None:
        now = self.people.cloud.schedule.clock()
        self.people.cloud.graves.adopt(Message(json.dumps(wake(job).model_dump(by_alias=True)), now, now))

    def _redrives(self) -> None:
        cloud = self.people.cloud
        self.people.insist(lambda: self.people.ask("POST", "/dead-letters/redrive", {}, ADMIN))
        if cloud.letters.bodies:
            self.once(cloud.schedule.now, self._redrives, 120)


class SetAside(Life):
    """repair: an event that is refused for a while is set aside, and recorded by a repair"""

    def sees(self, job: Job) -> None:
        refuses = self.people.cloud.deployment.events.refuses
        if job.version == 1:
            refuses[f"{job.id}-2-1"] = REFUSED
        elif job.status is JobStatus.COMPLETED:
            self.once("mended", refuses.clear)
            self.once("repair", lambda: self._repairs(job), 600)

    def _repairs(self, job: Job) -> None:
        cloud = self.people.cloud
        self.people.insist(lambda: self.people.ask("POST", f"/runner-jobs/{job.id}/events/repair", {}, ADMIN))
        cloud.schedule.sleep(400)
        if cloud.aside.bodies:
            self.once(cloud.schedule.now, lambda: self._repairs(job))


LIVES: tuple[type[Life], ...] = (
    Created,
    Mentioned,
    Proven,
    Cancelled,
    Retried,
    Approved,
    Delayed,
    ByHooks,
    Judged,
    Told,
    InLine,
    Renewed,
    Spent,
    Stands,
    Poisoned,
    SetAside,
)
