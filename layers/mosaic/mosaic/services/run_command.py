"""Run a command from an issue: find the job that is meant, check the author's role, and change the job once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from mosaic.access.model import Workspace
from mosaic.access.standing_approvals import excluded_approvers
from mosaic.forge.intent import CommandRequested, JobRequested
from mosaic.jobs import approval, lifecycle
from mosaic.jobs.errors import JobNotFound
from mosaic.jobs.limits import MAX_COMMANDS, MAX_INPUT_BYTES, MAX_REASON_BYTES
from mosaic.jobs.model import Job
from mosaic.jobs.text import cut
from mosaic.redaction import redact
from mosaic.services.accept_job import JobAcceptance
from mosaic.services.agent_message import text_hash
from mosaic.services.change_job import change_and_enqueue
from mosaic.services.command_rules import (
    MAX_JOBS,
    CommandRefused,
    Speaker,
    named_job,
    only_job,
    require_attempt,
    require_permission,
    unknown_code,
)
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.storage.claims import Claim, Claims
from mosaic.storage.index_keys import IssueRef
from mosaic.storage.jobs import Jobs

# A refused command stays refused when its delivery is repeated. Forges repeat deliveries for days.
REFUSED_TTL = timedelta(days=30)
# The job id in the claim of a refused command, and the most of the refusal that the claim keeps.
REFUSED = "refused"
MAX_REFUSAL_BYTES = 1024


@dataclass(frozen=True)
class CommandOutcome:
    """The job of a command, and whether the command changed it. `shown` are the jobs of a status."""

    job: Job
    changed: bool
    shown: tuple[Job, ...] = ()


class Meant(NamedTuple):
    """What a command means at its first delivery: an attempt, and for an approval the hash of the agent's text."""

    attempt: int
    text_hash: str | None = None

    @classmethod
    def of(cls, command: CommandRequested, job: Job) -> Meant:
        """Returns what the command means, of the job as it is."""
        return cls(job.attempt, text_hash(job) if command.command == "approve" else None)

    @classmethod
    def parse(cls, text: str) -> Meant:
        """Returns what `str` wrote."""
        attempt, _, text_hash = text.partition(" ")
        return cls(int(attempt), text_hash or None)

    def __str__(self) -> str:
        """Returns the form in a claim."""
        return f"{self.attempt} {self.text_hash or ''}".strip()


class CommandRunner:
    """Runs commands, each once, on the job that it meant at its first delivery."""

    def __init__(
        self,
        jobs: Jobs,
        claims: Claims,
        acceptance: JobAcceptance,
        enqueuer: JobEnqueuer,
        clock: Callable[[], datetime],
    ) -> None:
        self._jobs = jobs
        self._claims = claims
        self._acceptance = acceptance
        self._enqueuer = enqueuer
        self._clock = clock

    def run(
        self, workspace: Workspace, command: CommandRequested, speaker: Speaker
    ) -> CommandOutcome | JobRequested:
        """Returns the outcome of the command, or the request for a job if the text is no command after all.

        Raises CommandRefused, QuotaReached, StaleJob, and the errors of the lifecycle when another change came
        first.
        """
        issue = IssueRef.of(command)
        jobs = self._jobs.of_issue(workspace.id, issue, MAX_JOBS + 1)
        named = self._jobs.of_issue(workspace.id, issue, 2, command.code) if command.code else ()
        if command.otherwise and not named:
            if isinstance(command.otherwise, JobRequested):
                return command.otherwise
            return self.run(workspace, command.otherwise, speaker)
        if command.command == "status":
            shown = _shown(command, named, jobs)
            return CommandOutcome(shown[0], changed=False, shown=shown)
        claim = self._claim(workspace.id, command, speaker, named, jobs)
        return self._apply(workspace, command, speaker, claim)

    def _claim(
        self,
        workspace_id: str,
        command: CommandRequested,
        speaker: Speaker,
        named: tuple[Job, ...],
        jobs: tuple[Job, ...],
    ) -> Claim:
        """Returns the claim that names the job, the attempt and the text meant by the command's first delivery.

        Raises CommandRefused if it was or is refused.
        """
        key, now = f"command#{command.claim}", self._clock()
        try:
            job = (
                named_job(command.command, command.code, named, jobs, speaker, command.attempt)
                if command.code
                else only_job(command.command, jobs, speaker)
            )
        except CommandRefused as refusal:
            text = cut(str(refusal), MAX_REFUSAL_BYTES)
            requested = Claim(
                workspace_id=workspace_id, key=key, fingerprint=text, job_id=REFUSED, ttl=REFUSED_TTL
            )
            claim = self._claims.take(requested, now)
            if claim.job_id == REFUSED and claim.fingerprint == text:
                raise
        else:
            meant = str(Meant.of(command, job))
            claim = self._claims.take(
                Claim(workspace_id=workspace_id, key=key, fingerprint=meant, job_id=job.id),
                now,
            )
        if claim.job_id == REFUSED:
            raise CommandRefused(claim.fingerprint)
        return claim

    def _apply(
        self, workspace: Workspace, command: CommandRequested, speaker: Speaker, claim: Claim
    ) -> CommandOutcome:
        now = self._clock()
        meant = Meant.parse(claim.fingerprint)

        def step(job: Job) -> Job:
            if command.claim in job.commands:
                return job
            require_permission(command.command, job, speaker)
            require_attempt(job, meant.attempt)
            changed = _after_command(job, command, meant, speaker, now, workspace)
            if changed is job:
                return job
            if command.command == "retry":
                self._acceptance.count_again(job, workspace)
            return changed.evolve(commands=(*job.commands, command.claim)[-MAX_COMMANDS:])

        try:
            job, changed = change_and_enqueue(
                self._jobs, self._enqueuer, workspace.id, claim.job_id, now, step
            )
        except JobNotFound:
            raise CommandRefused("the job of this command no longer exists") from None
        return CommandOutcome(job, changed)


def _shown(command: CommandRequested, named: tuple[Job, ...], jobs: tuple[Job, ...]) -> tuple[Job, ...]:
    """Returns the jobs that a status shows: the named one, or all of the issue."""
    if command.code and not named:
        raise unknown_code(command.code, jobs)
    if not jobs and not named:
        raise CommandRefused("there is no job for this issue")
    for job in named:
        require_attempt(job, command.attempt)
    return named or jobs


def _after_command(
    job: Job,
    command: CommandRequested,
    meant: Meant,
    speaker: Speaker,
    now: datetime,
    workspace: Workspace,
) -> Job:
    """Returns the job after the command. Raises the errors of the lifecycle and of the approval."""
    reason = cut(redact(command.argument), MAX_REASON_BYTES) or f"@ command by {command.actor}"
    if command.command == "cancel":
        return lifecycle.cancel(job, now, speaker.actor, reason)
    if command.command == "retry":
        instructions = cut(redact(command.argument), MAX_INPUT_BYTES // 2) or None
        return lifecycle.retry(job, now, speaker.actor, instructions, role=speaker.role, untrusted=True)
    answer = approval.Answer(
        approved=command.command == "approve",
        actor=speaker.actor,
        reason=reason,
        attempt=meant.attempt,
        text_hash=meant.text_hash,
    )
    excluded = excluded_approvers(job, workspace)
    return approval.answer(job, answer, now, excluded_approvers=excluded, text_hash=text_hash(job))
