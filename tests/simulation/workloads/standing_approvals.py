"""People who approve for later jobs too: eve gives and withdraws, others ask for what stands, a guest among them."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from mosaic.access.model import JobType, Triggers
from mosaic.base import rfc3339
from mosaic.jobs.model import Job
from mosaic.jobs.states import Waiting
from tests.fakes.api import Answered
from tests.simulation.checkers.standing_approvals import Given
from tests.simulation.simulator.cloud import WORKSPACE
from tests.simulation.workloads.actors import ADMIN, People

# What is asked for by comment cannot do without a push either.
TERMS: dict[str, Any] = {
    "job_types": {**WORKSPACE.job_types, "release": JobType(profile="weaver", capabilities=("git:push",))},
    "triggers": Triggers(mentioned="release"),
}
TRIES = 5


class Givers:
    """Eve approves for later jobs too, by the seed's dice, and more of those jobs are asked for."""

    def __init__(self, people: People, dice: Random) -> None:
        self._people, self._dice = people, dice
        people.cloud.watchers.append(self._sees)
        self._another("asking", 0)
        self._another("asking", 1500)
        self._another(dice.choice(("asking", "asking elsewhere", "asking in docs")), 1500)
        if dice.random() < 0.4:
            people.does("eve", lambda: people.create("asking", None, ADMIN), dice.random() * 1500)
        if dice.random() < 0.6:
            people.does(
                "a guest", lambda: people.comment("release it", number=3 * 10**7), dice.random() * 1500
            )
        if dice.random() < 0.5:
            people.does("eve", self._withdraws, 100 + dice.random() * 500)

    def _withdraws(self) -> None:
        withdraw(self._people)
        self._people.cloud.schedule.sleep(70)
        self._another("asking", 100)

    def _another(self, kind: str, within: float) -> None:
        self._people.does("ada", lambda: self._people.create(kind), self._dice.random() * within)

    def _sees(self, old: Job | None, new: Job) -> None:
        if new.waiting is Waiting.APPROVAL and (old is None or old.waiting is not new.waiting):
            lasts = timedelta(seconds=self._dice.choice((60, 7200, 7200)) * self._dice.random() + 1)
            self._people.does("eve", lambda: give(self._people, new, lasts), self._dice.random() ** 2 * 200)


def give(people: People, job: Job, lasts: timedelta) -> None:
    """Eve approves a job, and for later ones like it."""
    until = people.cloud.schedule.clock().replace(microsecond=0) + lasts + timedelta(seconds=1)
    until = until.replace(microsecond=0)
    body = {"reason": "release week", "scope": "repository", "until": rfc3339(until)}
    people.insist(lambda: _say(people, job, Given(job, "git:push", ADMIN.actor, until, _now(people)), body))


def _say(people: People, job: Job, said: Given, body: dict[str, Any]) -> Answered | None:
    given = people.witness.given
    given.append(said)
    answer = people.control(job, "approve", body)
    if answer and answer.status < 300:
        said.kept = _now(people)
    elif answer and 400 <= answer.status < 500:
        for one in given:
            if (one.like.id, one.until) == (job.id, said.until):
                one.ended = min(one.ended, _now(people))
    return answer


def withdraw(people: People) -> None:
    """Eve looks at what stands, and has none of it stand any more."""
    for _ in range(TRIES):
        seen = people.ask("GET", "/workspaces/current", None, ADMIN)
        if seen and seen.status == 200 and _leaves_out_all(people, seen.json):
            return
        people.cloud.schedule.sleep(2.0)


def _leaves_out_all(people: People, known: dict[str, Any]) -> bool:
    stood = {(one["jobId"], one["until"]) for one in known["standingApprovals"]}
    given = [one for one in people.witness.given if (one.like.id, rfc3339(one.until)) in stood]
    for one in given:
        one.kept, one.leaving = min(one.kept, _now(people)), min(one.leaving, _now(people))
    answer = people.ask("PUT", "/workspaces/current", {**known, "standingApprovals": []}, ADMIN)
    if answer is None or answer.status >= 400:
        return False
    for one in given:
        one.ended = min(one.ended, _now(people))
    return True


def _now(people: People) -> float:
    return people.cloud.schedule.now
