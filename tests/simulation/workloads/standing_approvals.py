"""Standing approvals: eve gives and withdraws them, and others, even a guest, request jobs that need them."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from mosaic.access.model import JobType, Triggers
from mosaic.base import rfc3339
from mosaic.jobs.model import Job
from mosaic.jobs.states import Waiting
from tests.fakes.api import ApiResponse
from tests.simulation.checkers.standing_approvals import GivenApproval
from tests.simulation.simulator.cloud import WORKSPACE
from tests.simulation.workloads.actors import ADMIN, Actors

# Jobs from comments need the capability to push, too.
WORKSPACE_FIELDS: dict[str, Any] = {
    "job_types": {**WORKSPACE.job_types, "release": JobType(profile="weaver", capabilities=("git:push",))},
    "triggers": Triggers(mentioned="release"),
}
TRIES = 5


class StandingApprovalWorkload:
    """Creates jobs that need an approval, and gives standing approvals at random."""

    def __init__(self, actors: Actors, random: Random) -> None:
        self._actors, self._random = actors, random
        actors.cloud.version_listeners.append(self._on_version)
        self._create_job("needs approval", 0)
        self._create_job("needs approval", 1500)
        self._create_job(
            random.choice(("needs approval", "needs approval elsewhere", "needs approval in docs")), 1500
        )
        if random.random() < 0.4:
            actors.schedule(
                "eve", lambda: actors.create("needs approval", None, ADMIN), random.random() * 1500
            )
        if random.random() < 0.6:
            actors.schedule(
                "a guest",
                lambda: actors.comment("release it", number=3 * 10**7, author="mallory"),
                random.random() * 1500,
            )
        if random.random() < 0.5:
            actors.schedule("eve", self._withdraw_all, 100 + random.random() * 500)

    def _withdraw_all(self) -> None:
        withdraw(self._actors)
        self._actors.cloud.schedule.sleep(70)
        self._create_job("needs approval", 100)

    def _create_job(self, kind: str, within: float) -> None:
        self._actors.schedule("ada", lambda: self._actors.create(kind), self._random.random() * within)

    def _on_version(self, old: Job | None, new: Job) -> None:
        if new.waiting is Waiting.APPROVAL and (old is None or old.waiting is not new.waiting):
            duration = timedelta(seconds=self._random.choice((60, 7200, 7200)) * self._random.random() + 1)
            self._actors.schedule(
                "eve", lambda: approve(self._actors, new, duration), self._random.random() ** 2 * 200
            )


def approve(actors: Actors, job: Job, duration: timedelta) -> None:
    """Eve approves a job, with a standing approval for later ones like it."""
    until = actors.cloud.schedule.clock().replace(microsecond=0) + duration + timedelta(seconds=1)
    until = until.replace(microsecond=0)
    body = {"reason": "release week", "scope": "repository", "until": rfc3339(until)}
    actors.until_answered(
        lambda: _send_approval(
            actors, job, GivenApproval(job, "git:push", ADMIN.actor, until, _now(actors)), body
        )
    )


def _send_approval(
    actors: Actors, job: Job, approval: GivenApproval, body: dict[str, Any]
) -> ApiResponse | None:
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
    """Eve reads the workspace and removes all standing approvals."""
    for _ in range(TRIES):
        response = actors.request("GET", "/workspaces/current", None, ADMIN)
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
    response = actors.request("PUT", "/workspaces/current", {**workspace, "standingApprovals": []}, ADMIN)
    if response is None or response.status >= 400:
        return False
    for approval in approvals:
        approval.ended_at = min(approval.ended_at, _now(actors))
    return True


def _now(actors: Actors) -> float:
    return actors.cloud.schedule.now
