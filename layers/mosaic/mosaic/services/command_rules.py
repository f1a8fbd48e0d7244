"""Decides which job of an issue a command is meant for, and whether its author may give it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from mosaic.forge.intent import Command
from mosaic.jobs.actors import any_same_actor, split_id
from mosaic.jobs.errors import RequestRefused, TooManyAttempts
from mosaic.jobs.lifecycle import CANCELLABLE, MAX_ATTEMPTS, RETRYABLE
from mosaic.jobs.model import Job
from mosaic.jobs.roles import RequesterRole
from mosaic.jobs.states import Waiting

# A command without a code is refused on an issue with more jobs.
MAX_JOBS = 50
# The most codes that the text of a refusal lists.
MAX_CODES = 10
# Forges give the time of a comment in whole seconds.
FORGE_TIME_UNIT = timedelta(seconds=1)

Commander = Literal["admin", "member", "guest", "requester"]

COMMANDERS: dict[Command, frozenset[Commander]] = {
    "approve": frozenset({"admin"}),
    "deny": frozenset({"admin"}),
    "cancel": frozenset({"admin", "member", "requester"}),
    "retry": frozenset({"admin", "member", "requester"}),
    "status": frozenset({"admin", "member", "guest", "requester"}),
}
"""The people who may give a command: a role in the workspace, or the requesters of the job."""

_PARTICIPLES: dict[Command, str] = {
    "approve": "approved",
    "deny": "denied",
    "cancel": "cancelled",
    "retry": "retried",
    "status": "shown",
}


class CommandRefused(RequestRefused):
    """A command is refused; `jobs` are the jobs that its author may have meant."""

    def __init__(self, message: str, jobs: Sequence[Job] = ()) -> None:
        self.jobs = tuple(jobs)
        super().__init__(message)


@dataclass(frozen=True)
class Speaker:
    """The author of a command, with the role in the workspace; `at` is the time of the comment, if known."""

    actor: str
    role: RequesterRole
    at: datetime | None = None

    def may(self, command: Command, job: Job) -> bool:
        """True if the speaker may give this command to the job."""
        allowed = COMMANDERS[command]
        return self.role in allowed or ("requester" in allowed and any_same_actor(self.actor, job.requesters))


def can_take(command: Command, job: Job) -> bool:
    """True if the job's state allows the command."""
    if command == "cancel":
        return job.status in CANCELLABLE
    if command == "retry":
        return job.status in RETRYABLE and job.attempt < MAX_ATTEMPTS
    return command == "status" or job.waiting is Waiting.APPROVAL


def require_permission(command: Command, job: Job, speaker: Speaker) -> None:
    """Raises CommandRefused unless the speaker may give this command to the job."""
    if not speaker.may(command, job):
        raise _not_permitted(command, speaker)


def only_job(command: Command, jobs: Sequence[Job], speaker: Speaker) -> Job:
    """Returns the one job of the issue that can take the command; `jobs` are newest first.

    Raises CommandRefused if the speaker may not give the command, if no job can take it, if several can, or if
    the issue has more than MAX_JOBS jobs. Jobs that the speaker may not cancel or retry do not count, but each
    job that waits for approval does. For approvals see `_require_reviewed`.
    """
    if not jobs:
        raise CommandRefused("there is no job for this issue")
    if not COMMANDERS[command] & {speaker.role, "requester"}:
        raise _not_permitted(command, speaker)
    if len(jobs) > MAX_JOBS:
        raise CommandRefused(f"this issue has more than {MAX_JOBS} jobs; name one by its code", jobs)
    able = [job for job in jobs if can_take(command, job)]
    if not able:
        raise _impossible(command, jobs)
    permitted = [job for job in able if speaker.may(command, job)]
    if not permitted:
        raise _not_permitted(command, speaker)
    if len(permitted) > 1:
        text = f"{len(permitted)} jobs of this issue can be {_PARTICIPLES[command]}; name one by its code"
        raise CommandRefused(f"{text}: {_codes(permitted)}", permitted)
    _require_reviewed(command, permitted[0], speaker, None)
    return permitted[0]


def named_job(
    command: Command,
    code: str,
    named: Sequence[Job],
    jobs: Sequence[Job],
    speaker: Speaker,
    attempt: int | None = None,
) -> Job:
    """Returns the job of the issue with this code, of the jobs `named` by it.

    Raises CommandRefused if there is none, if there are several, if the speaker may not give the command, if the
    job is not in the named `attempt`, or if its state does not allow the command. For approvals see
    `_require_reviewed`. `jobs` are all jobs of the issue.
    """
    if not named:
        raise unknown_code(code, jobs)
    if len(named) > 1:
        ids = ", ".join(job.id for job in named)
        raise CommandRefused(f"{len(named)} jobs of this issue have the code {code}: use the API for {ids}")
    require_permission(command, named[0], speaker)
    require_attempt(named[0], attempt)
    if not can_take(command, named[0]):
        raise _impossible(command, named)
    _require_reviewed(command, named[0], speaker, attempt)
    return named[0]


def require_attempt(job: Job, attempt: int | None) -> None:
    """Raises CommandRefused if the job is in another attempt than the named one; None names none."""
    if attempt not in (None, job.attempt):
        raise CommandRefused(f"{job.short_code} is in attempt {job.attempt} now", [job])


def unknown_code(code: str, jobs: Sequence[Job]) -> CommandRefused:
    """Returns the refusal of a command for a code that no job of the issue has."""
    known = f"; its jobs: {_codes(jobs)}" if jobs else ""
    return CommandRefused(f"no job of this issue has the code {code}{known}", jobs)


def _impossible(command: Command, jobs: Sequence[Job]) -> CommandRefused:
    """Returns the refusal of a command that the state of each of the jobs forbids."""
    if len(jobs) > 1:
        return CommandRefused(f"no job of this issue can be {_PARTICIPLES[command]} now", jobs)
    job = jobs[0]
    if command == "retry" and job.attempt >= MAX_ATTEMPTS:
        return CommandRefused(str(TooManyAttempts(MAX_ATTEMPTS)), jobs)
    waits = " and does not wait for an approval" if command in ("approve", "deny") else ""
    return CommandRefused(
        f"job {job.short_code} is {job.status}{waits}, so it cannot be {_PARTICIPLES[command]}", jobs
    )


def _codes(jobs: Sequence[Job]) -> str:
    more = f" and {len(jobs) - MAX_CODES} older ones" if len(jobs) > MAX_CODES else ""
    return ", ".join(f"{job.command_code} ({job.type}, {job.status})" for job in jobs[:MAX_CODES]) + more


def _require_reviewed(command: Command, job: Job, speaker: Speaker, attempt: int | None) -> None:
    """Raises CommandRefused for an answer to an approval that its author may have meant for another attempt.

    From the second attempt on, an answer has to name the attempt. An approval is also refused if the job began to
    wait after the comment.
    """
    if command not in ("approve", "deny"):
        return
    if job.attempt > 1 and attempt is None:
        text = f"job {job.short_code} waits in attempt {job.attempt}; write {command} {job.command_code}"
        raise CommandRefused(text, [job])
    _require_seen(command, job, speaker)


def _require_seen(command: Command, job: Job, speaker: Speaker) -> None:
    """Raises CommandRefused for an approval of a job that waits since after the comment was written."""
    written_before = None if speaker.at is None else speaker.at + FORGE_TIME_UNIT
    if command == "approve" and written_before is not None and job.updated_at >= written_before:
        raise CommandRefused(
            f"job {job.short_code} began to wait for an approval after this comment was written; "
            f"read it, then write {command} {job.command_code}",
            [job],
        )


def _not_permitted(command: Command, speaker: Speaker) -> CommandRefused:
    many = "a member of the workspace or a requester of the job"
    people = many if "member" in COMMANDERS[command] else "an admin of the workspace"
    login = split_id(speaker.actor)[0].partition(":")[2]
    return CommandRefused(f"{login} may not {command}: only {people} may")
