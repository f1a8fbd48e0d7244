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
from tests.simulation.checkers.standing_approvals import GivenApproval
from tests.simulation.simulator.cloud import WORKSPACE
from tests.simulation.workloads.actors import ADMIN, Actors

# What is asked for by comment cannot do without a push either.
TERMS: dict[str, Any] = {
    "job_types": {**WORKSPACE.job_types, "release": JobType(profile="weaver", capabilities=("git:push",))},
    "triggers": Triggers(mentioned="release"),
}
TRIES = 5


class StandingApprovalWorkload:
    """Eve approves for later jobs too, by the seed's dice, and more of those jobs are asked for."""

    def __init__(self, actors: Actors, random: Random) -> None:
        self._actors, self._random = actors, random
        actors.cloud.version_listeners.append(self._sees)
        self._another("asking", 0)
        self._another("asking", 1500)
        self._another(random.choice(("asking", "asking elsewhere", "asking in docs")), 1500)
        if random.random() < 0.4:
            actors.does("eve", lambda: actors.create("asking", None, ADMIN), random.random() * 1500)
        if random.random() < 0.6:
            actors.does(
                "a guest", lambda: actors.comment("release it", number=3 * 10**7), random.random() * 1500
            )
        if random.random() < 0.5:
            actors.does("eve", self._withdraws, 100 + random.random() * 500)

    def _withdraws(self) -> None:
        withdraw(self._actors)
        self._actors.cloud.schedule.sleep(70)
        self._another("asking", 100)

    def _another(self, kind: str, within: float) -> None:
        self._actors.does("ada", lambda: self._actors.create(kind), self._random.random() * within)

    def _sees(self, old: Job | None, new: Job) -> None:
        if new.waiting is Waiting.APPROVAL and (old is None or old.waiting is not new.waiting):
            lasts = timedelta(seconds=self._random.choice((60, 7200, 7200)) * self._random.random() + 1)
            self._actors.does("eve", lambda: give(self._actors, new, lasts), self._random.random() ** 2 * 200)


def give(actors: Actors, job: Job, lasts: timedelta) -> None:
    """Eve approves a job, and for later ones like it."""
    until = actors.cloud.schedule.clock().replace(microsecond=0) + lasts + timedelta(seconds=1)
    until = until.replace(microsecond=0)
    body = {"reason": "release week", "scope": "repository", "until": rfc3339(until)}
    actors.insist(
        lambda: _say(actors, job, GivenApproval(job, "git:push", ADMIN.actor, until, _now(actors)), body)
    )


def _say(actors: Actors, job: Job, said: GivenApproval, body: dict[str, Any]) -> Answered | None:
    given = actors.history.given
    given.append(said)
    answer = actors.control(job, "approve", body)
    if answer and answer.status < 300:
        said.kept = _now(actors)
    elif answer and 400 <= answer.status < 500:
        for one in given:
            if (one.like.id, one.until) == (job.id, said.until):
                one.ended = min(one.ended, _now(actors))
    return answer


def withdraw(actors: Actors) -> None:
    """Eve looks at what stands, and has none of it stand any more."""
    for _ in range(TRIES):
        seen = actors.ask("GET", "/workspaces/current", None, ADMIN)
        if seen and seen.status == 200 and _leaves_out_all(actors, seen.json):
            return
        actors.cloud.schedule.sleep(2.0)


def _leaves_out_all(actors: Actors, known: dict[str, Any]) -> bool:
    stood = {(one["jobId"], one["until"]) for one in known["standingApprovals"]}
    given = [one for one in actors.history.given if (one.like.id, rfc3339(one.until)) in stood]
    for one in given:
        one.kept, one.leaving = min(one.kept, _now(actors)), min(one.leaving, _now(actors))
    answer = actors.ask("PUT", "/workspaces/current", {**known, "standingApprovals": []}, ADMIN)
    if answer is None or answer.status >= 400:
        return False
    for one in given:
        one.ended = min(one.ended, _now(actors))
    return True


def _now(actors: Actors) -> float:
    return actors.cloud.schedule.now
