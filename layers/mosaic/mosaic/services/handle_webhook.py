"""Listen: what a proven delivery of a forge or the bot asks for is done."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from mosaic.access.model import Workspace
from mosaic.access.standing import excluded_approvers
from mosaic.forge.errors import PayloadError
from mosaic.forge.intent import CommandRequested, CommitPushed, GateReported, Ignored, Intent, JobRequested
from mosaic.jobs import approval, lifecycle
from mosaic.jobs.errors import IllegalTransition, OwnApproval, TooManyAttempts
from mosaic.jobs.limits import MAX_COMMANDS, MAX_INPUT_BYTES, MAX_REASON_BYTES
from mosaic.jobs.model import Draft, Job
from mosaic.jobs.text import cut
from mosaic.jobs.value_objects import IssueContext, Source
from mosaic.rails.capabilities import PROFILES
from mosaic.services.accept_job import ClaimKey, JobAcceptance
from mosaic.services.apply_forge_checks import CheckOutcome, ForgeChecks
from mosaic.services.change_job import change_and_enqueue
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.storage.claims import Claim, Claims
from mosaic.storage.jobs import Jobs

# What the forge said beside the comment may fill this much of the input; the comment has the rest.
MAX_CONTEXT_BYTES = MAX_INPUT_BYTES // 4
MAX_LABELS = 50
MAX_LABEL_BYTES = 100


@dataclass(frozen=True)
class WebhookResult:
    """What became of a delivery: the job it made, changed or asked about, or why it was ignored."""

    job: Job | None = None
    duplicate: bool = False
    queued: bool = False
    ignored: str | None = None


class WebhookHandler:
    """Turns intents into jobs, commands, and what is known of commits."""

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
        self._checks = ForgeChecks(jobs, clock)

    def handle(self, workspace: Workspace | None, intent: Intent) -> WebhookResult:
        """Do what is asked for, once however often it is delivered; nothing where no workspace answers for it.

        Raises PayloadError for a job type or profile that there is not, InputTooLarge, StaleJob.
        """
        if isinstance(intent, Ignored):
            return WebhookResult(ignored=intent.reason)
        if workspace is None:
            return WebhookResult(ignored="no workspace takes webhooks from this repository")
        if isinstance(intent, GateReported):
            return _result(self._checks.report(workspace.id, intent))
        if isinstance(intent, CommitPushed):
            return _result(self._checks.push(workspace.id, intent))
        if isinstance(intent, CommandRequested):
            return self._run_command(workspace, intent)
        accepted = self._acceptance.accept(draft(workspace, intent), ClaimKey(f"webhook#{intent.claim}", ""))
        return WebhookResult(accepted.job, accepted.duplicate, queued=not accepted.duplicate)

    def _run_command(self, workspace: Workspace, asked: CommandRequested) -> WebhookResult:
        job = self._jobs.newest_of_issue(workspace.id, asked.provider, asked.repository, asked.issue.number)
        if job is None:
            return WebhookResult(ignored="there is no job for this issue")
        actor = f"{asked.provider}:{asked.actor}"
        if asked.command in ("approve", "deny") and actor not in workspace.forge_admins:
            return WebhookResult(ignored=f"{asked.actor} is not an admin of the workspace")
        if asked.command == "status":
            return WebhookResult(job)
        now = self._clock()
        meant = self._meant(job, asked, now)
        try:
            job, changed = change_and_enqueue(
                self._jobs,
                self._enqueuer,
                workspace.id,
                meant.job_id,
                now,
                lambda known: _command(known, asked, actor, now, meant, workspace),
            )
        except (IllegalTransition, OwnApproval, TooManyAttempts) as refusal:
            return WebhookResult(ignored=str(refusal))
        return WebhookResult(job, duplicate=not changed, queued=changed)

    def _meant(self, newest: Job, asked: CommandRequested, now: datetime) -> Claim:
        """The job that was the issue's newest when the command was first heard, and its attempt as fingerprint."""
        wanted = Claim(
            workspace_id=newest.workspace_id,
            key=f"command#{asked.claim}",
            fingerprint=str(newest.attempt),
            job_id=newest.id,
        )
        return self._claims.take(wanted, now)


def _result(outcome: CheckOutcome) -> WebhookResult:
    if outcome.job is None:
        return WebhookResult(ignored=outcome.reason)
    return WebhookResult(outcome.job, duplicate=not outcome.changed)


def _command(
    job: Job, asked: CommandRequested, actor: str, now: datetime, meant: Claim, workspace: Workspace
) -> Job:
    if asked.claim in job.commands or str(job.attempt) != meant.fingerprint:
        return job
    reason = cut(asked.argument, MAX_REASON_BYTES) or f"@ command by {asked.actor}"
    said = approval.Answer(approved=asked.command == "approve", actor=actor, reason=reason)
    done = {
        "cancel": lambda: lifecycle.cancel(job, now, actor, reason),
        "retry": lambda: lifecycle.retry(job, now, actor),
        "approve": lambda: approval.answer(
            job, said, now, excluded_approvers=excluded_approvers(job, workspace)
        ),
        "deny": lambda: approval.answer(
            job, said, now, excluded_approvers=excluded_approvers(job, workspace)
        ),
    }[asked.command]()
    if done is job:
        return job
    return done.evolve(commands=(*job.commands, asked.claim)[-MAX_COMMANDS:])


def draft(workspace: Workspace, asked: JobRequested) -> Draft:
    """The job that a mention or an assignment asks for: its text is data to the agent, cut to what a job may hold.

    Raises PayloadError when the delivery names a job type or profile that there is not.
    """
    type = _named(asked, "type", getattr(workspace.triggers, asked.action), workspace.job_types)
    actor = f"{asked.provider}:{asked.actor}"
    profile = _named(asked, "profile", workspace.job_types[type].profile, PROFILES)
    context = IssueContext(
        title=cut(asked.issue.title, 1024),
        body=cut(asked.issue.body, MAX_CONTEXT_BYTES),
        url=asked.issue.url,
        labels=tuple(cut(label, MAX_LABEL_BYTES) for label in asked.labels[:MAX_LABELS]),
    )
    return Draft(
        workspace_id=workspace.id,
        type=type,
        profile=profile,
        instructions=cut(asked.instructions, MAX_INPUT_BYTES // 2),
        instructions_untrusted=True,
        repository=asked.repository,
        issue_number=asked.issue.number,
        source=Source(
            kind=asked.provider,
            actor=actor,
            role=workspace.role_of(actor, vouched=asked.vouched),
            url=asked.url,
        ),
        context=context,
        requested_capabilities=workspace.job_types[type].capabilities,
    )


def _named(asked: JobRequested, field: str, usual: str, known: Collection[str]) -> str:
    name = asked.metadata.get(field, usual)
    if not isinstance(name, str) or name not in known:
        raise PayloadError(f"metadata.{field}", f"should be one of {', '.join(sorted(known))}")
    return name
