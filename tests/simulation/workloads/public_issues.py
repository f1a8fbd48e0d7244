"""Issues of a public repository: members, admins and strangers request work, and command the jobs of others."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from mosaic.access.model import Grant, JobType, Triggers
from mosaic.jobs.model import Job
from tests.fakes.api import ApiResponse
from tests.simulation.simulator.cloud import WORKSPACE
from tests.simulation.workloads.actors import Actors
from tests.simulation.workloads.issues import REPOSITORY, Issue

WORKSPACE_FIELDS: dict[str, Any] = {
    "triggers": Triggers(mentioned="patch", assigned="patch", commented="patch"),
    "grants": (Grant(profile="weaver", capability="git:push", repository=REPOSITORY),),
}
PEOPLE = ("ada", "bob", "eve", "mallory", "trudy")
VERBS = ("cancel", "retry", "approve", "approve", "deny")
MAX_COMMANDS = 10
# The rate of commands whose first delivery is late, so that other jobs may wait by then.
LATE_RATE = 0.4
MENTION = "@mosaic make it work"
# What a comment says: a request, or nothing, so that the text of the issue is the request.
REQUESTS = ("make it work", "make it work again", "", "SLEEP=600", "FAIL500")


def random_fields(random: Random) -> dict[str, Any]:
    """Returns the fields of the workspace. In some, jobs of issues push, which members may without an approval."""
    capabilities = random.choice(((), ("git:push",)))
    patch = JobType(profile="weaver", capabilities=capabilities)
    return {**WORKSPACE_FIELDS, "job_types": {**WORKSPACE.job_types, "patch": patch}}


class PublicIssuesWorkload:
    """Opens an issue or two, and lets people comment on them while jobs change."""

    def __init__(self, actors: Actors, random: Random) -> None:
        self._actors, self._random = actors, random
        self._commands = 0
        self._issues = [self._issue(20 + number) for number in range(random.choice((1, 1, 2)))]
        self._jobs: dict[str, Job] = {}
        actors.cloud.version_listeners.append(self._on_version)
        for issue in self._issues:
            self._open(issue)
            for _ in range(random.choice((1, 1, 2, 3))):
                self._request(issue)

    def _issue(self, number: int) -> Issue:
        mention = f"\n\n{MENTION}" if self._random.random() < 0.5 else ""
        return Issue(number, self._random.choice(PEOPLE), f"Since Monday.{mention}")

    def _open(self, issue: Issue) -> None:
        """The author opens the issue, or a member moves it here from another repository."""
        is_moved = self._random.random() < 0.4
        sender = self._random.choice(("ada", "bob", "eve")) if is_moved else issue.author
        says_moved = is_moved and self._random.random() < 0.6
        self._later(lambda: self._actors.open_issue(issue, sender, says_moved=says_moved), 200)

    def _request(self, issue: Issue) -> None:
        author, text = self._random.choice(PEOPLE), self._random.choice(REQUESTS)
        number = self._random.randint(10**8, 10**9)
        self._later(lambda: self._actors.comment(text, number=number, author=author, issue=issue), 900)

    def _on_version(self, old: Job | None, new: Job) -> None:
        if not new.issue_number or new.issue_number not in {issue.number for issue in self._issues}:
            return
        self._jobs[new.id] = new
        has_changed = old is None or new.status is not old.status or new.waiting is not old.waiting
        if has_changed and self._commands < MAX_COMMANDS and self._random.random() < 0.5:
            self._commands += 1
            self._later(lambda: self._command(new), 600)

    def _command(self, job: Job) -> ApiResponse | None:
        """A person gives a command to a job, by the code in the bot's comment, by a wrong code, or by none."""
        issue = next(issue for issue in self._issues if issue.number == job.issue_number)
        verb, author = self._random.choice(VERBS), self._random.choice((*PEOPLE, "eve"))
        codes = [job.command_code, *(other.command_code for other in self._jobs.values()), None, None, None]
        deliver = self._actors.command(verb, author, issue, self._random.choice(codes))
        if self._random.random() < LATE_RATE:
            self._later(deliver, 900)
            return None
        response = deliver()
        if self._random.random() < 0.2:
            self._later(deliver, 2000)
        return response

    def _later(self, act: Callable[[], ApiResponse | None], within: float) -> None:
        """Schedules a delivery. A forge or a person repeats one without an answer."""
        self._actors.schedule(
            "github", lambda: self._actors.until_answered(act), within * self._random.random() ** 2
        )
