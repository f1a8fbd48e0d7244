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
WORKSPACE_FIELDS: dict[str, Any] = {
    "job_types": {**WORKSPACE.job_types, "release": JobType(profile="weaver", capabilities=("git:push",))},
    "triggers": Triggers(mentioned="release"),
}
TRIES = 5


class StandingApprovalWorkload:
    """Eve approves for later jobs too, by the seed's dice, and more of those jobs are asked for."""

    def __init__(self, actors: Actors, random: Random) -> None:
        self._actors, self._random = actors, random
        actors.cloud.version_listeners.append(self._sees)
        self._create_job("asking", 0)
        self._create_job("asking", 1500)
        self._create_job(random.choice(("asking", "asking elsewhere", "asking in docs")), 1500)
        if random.random() < 0.4:
            actors.does("eve", lambda: actors.create("asking", None, ADMIN), random.random() * 1500)
        if random.random() < 0.6:
            actors.does(
                "a guest", lambda: actors.comment("release it", number=3 * 10**7), random.random() * 1500
            )
        if random.random() < 0.5:
            actors.does("eve", self._withdraw_all, 100 + random.random() * 500)

    def _withdraw_all(self) -> None:
        withdraw(self._actors)
        self._actors.cloud.schedule.sleep(70)
        self._create_job("asking", 100)

    def _create_job(self, kind: str, within: float) -> None:
        self._actors.does("ada", lambda: self._actors.create(kind), self._random.random() * within)

    def _sees(self, old: Job | None, new: Job) -> None:
        if new.waiting is Waiting.APPROVAL and (old is None or old.waiting is not new.waiting):
            duration = timedelta(seconds=self._random.choice((60, 7200, 7200)) * self._random.random() + 1)
            self._actors.does(
                "eve", lambda: approve(self._actors, new, duration), self._random.random() ** 2 * 200
            )


def approve(actors: Actors, job: Job, duration: timedelta) -> None:
    """Eve approves a job, and for later ones like it."""
    until = actors.cloud.schedule.clock().replace(microsecond=0) + duration + timedelta(seconds=1)
    until = until.replace(microsecond=0)
    body = {"reason": "release week", "scope": "repository", "until": rfc3339(until)}
    actors.insist(
        lambda: _send_approval(
            actors, job, GivenApproval(job, "git:push", ADMIN.actor, until, _now(actors)), body
        )
    )


def _send_approval(
    actors: Actors, job: Job, approval: GivenApproval, body: dict[str, Any]
) -> Answered | None:
    approvals = actors.history.given_approvals
    approvals.append(approval)
    response = actors.control(job, "approve", body)
    if response and response.status < 300:
        approval.confirmed_at = _now(actors)
    elif response and 400 <= response.status < 500:
        for other in approvals:
            if (other.approved_job.id, other.until) == (job.id, approval.until):
                other.ended_at = min(other.ended_at, _now(actors))
    return response


def withdraw(actors: Actors) -> None:
    """Eve looks at what stands, and has none of it stand any more."""
    for _ in range(TRIES):
        response = actors.ask("GET", "/workspaces/current", None, ADMIN)
        if response and response.status == 200 and _remove_all(actors, response.json):
            return
        actors.cloud.schedule.sleep(2.0)


def _remove_all(actors: Actors, workspace: dict[str, Any]) -> bool:
    shown = {(approval["jobId"], approval["until"]) for approval in workspace["standingApprovals"]}
    approvals = [
        approval
        for approval in actors.history.given_approvals
        if (approval.approved_job.id, rfc3339(approval.until)) in shown
    ]
    for approval in approvals:
        approval.confirmed_at = min(approval.confirmed_at, _now(actors))
        approval.removal_requested_at = min(approval.removal_requested_at, _now(actors))
    response = actors.ask("PUT", "/workspaces/current", {**workspace, "standingApprovals": []}, ADMIN)
    if response is None or response.status >= 400:
        return False
    for approval in approvals:
        approval.ended_at = min(approval.ended_at, _now(actors))
    return True


def _now(actors: Actors) -> float:
    return actors.cloud.schedule.now
